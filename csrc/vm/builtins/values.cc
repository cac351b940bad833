// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Built-in functions over values: conversions, aggregates, iteration.
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <unordered_set>

#include "term/change.h"
#include "term/compare.h"
#include "term/hash.h"
#include "term/number.h"
#include "vm/builtins/sorting.h"
#include "vm/builtins/tables.h"
#include "vm/calls.h"
#include "vm/classes.h"
#include "vm/enums.h"
#include "vm/exceptions.h"
#include "vm/format.h"
#include "vm/items.h"
#include "vm/numbers.h"
#include "vm/operators.h"
#include "vm/text.h"

namespace pyvm::vm {

namespace {

using Arguments = std::span<const Term>;

Term run_len(Context& context, Arguments arguments) {
  const Term container = plain_value(resolve(arguments[0]));
  if (is_enum_class(container)) return Term::small(static_cast<std::int64_t>(size_of(enum_members(context, container))));
  if (const Term bits = is_flag(resolve(arguments[0])) ? enum_value(resolve(arguments[0])) : Term(); bits.is_small())
    return Term::small(std::popcount(static_cast<Word>(bits.unchecked_small())));
  if (is_list_or_tuple(container) || is_box(container, BoxKind::Dict) || is_set(container))
    return Term::small(static_cast<std::int64_t>(size_of(container)));
  if (is_string(container)) return Term::small(static_cast<std::int64_t>(Text(container).length()));
  if (is_binary(container)) return Term::small(static_cast<std::int64_t>(bytes_view(container).size()));
  if (is_box(container, BoxKind::Range)) return Term::small(range_size(container));
  return context.raise("TypeError", "object of type '" + type_name(arguments[0]) + "' has no len()");
}

Term run_abs(Context& context, Arguments arguments) {
  const Term made = absolute(context, plain_value(arguments[0]));
  return is_not_mine(made) ? context.raise("TypeError", "bad operand type for abs(): '" + type_name(arguments[0]) + "'") : made;
}

/// The least or greatest of the arguments, or of the one iterable. arguments: default, then the values.
Term extreme(Context& context, Arguments arguments, Opcode better, const char* name) {
  const Arguments values = arguments.subspan(1);
  if (values.empty()) return context.raise("TypeError", std::string(name) + " expected at least 1 argument, got 0");
  if (values.size() > 1 && !arguments[0].is_nothing())
    return context.raise("TypeError",
                         "Cannot specify a default for " + std::string(name) + "() with multiple positional arguments");
  Iteration iteration(context, values.size() == 1 ? values[0] : context.heap.make_tuple(values));
  Term best;
  for (Term item; iteration.next(&item);) {
    const Answer is_better = best.is_nothing() ? Answer::Yes : order(context, better, item, best);
    if (is_better == Answer::Raised) return Term();
    if (is_better == Answer::Yes) best = item;
  }
  if (iteration.raised() || !best.is_nothing()) return iteration.raised() ? Term() : best;
  return arguments[0].is_nothing() ? context.raise("ValueError", std::string(name) + "() arg is an empty sequence")
                                   : arguments[0];
}
Term run_min(Context& context, Arguments arguments) { return extreme(context, arguments, Opcode::Less, "min"); }
Term run_max(Context& context, Arguments arguments) { return extreme(context, arguments, Opcode::Greater, "max"); }

Term run_sum(Context& context, Arguments arguments) {
  Term total = arguments[1].is_nothing() ? Term::small(0) : arguments[1];
  if (is_string(total)) return context.raise("TypeError", "sum() can't sum strings [use ''.join(seq) instead]");
  if (is_binary(total)) return context.raise("TypeError", "sum() can't sum bytes [use b''.join(seq) instead]");
  Iteration iteration(context, arguments[0]);
  for (Term item; iteration.next(&item);) {
    total = operate(context, Opcode::Add, total, item);
    if (total.is_nothing()) return total;
  }
  return iteration.raised() ? Term() : total;
}

template <bool kAny>
Term run_any_or_all(Context& context, Arguments arguments) {
  Iteration iteration(context, arguments[0]);
  for (Term item; iteration.next(&item);) {
    if (is_truthy(resolve(item)) == kAny) return Term::boolean(kAny);
  }
  return iteration.raised() ? Term() : Term::boolean(!kAny);
}

Term run_isinstance(Context& context, Arguments arguments) {
  const Answer found = is_instance(context, arguments[0], arguments[1]);
  return found == Answer::Raised ? Term() : Term::boolean(found == Answer::Yes);
}

Term run_type(Context& context, Arguments arguments) { return class_of_value(context, arguments[0], nullptr); }

Term run_bool(Context&, Arguments arguments) {
  return Term::boolean(!arguments[0].is_nothing() && is_truthy(resolve(arguments[0])));
}

/// The characters of a string or bytes that is to be read as a number.
std::string_view number_text(const Term& text) { return is_string(text) ? string_view_of(text) : bytes_view(text); }
TextKind text_kind(Term text) { return is_string(text) ? TextKind::String : TextKind::Bytes; }

Term run_int(Context& context, Arguments arguments) {
  const Term value = plain_value(arguments[0]), base = arguments[1];
  if (value.is_nothing()) return Term::small(0);
  if (is_string(value) || is_binary(value)) {
    if (base.is_nothing()) return int_from_text(context, number_text(value), 10, text_kind(value));
    if (!is_int(base)) return context.raise("TypeError", "'" + type_name(base) + "' object cannot be interpreted as an integer");
    return int_from_text(context, number_text(value), clamped_int(base), text_kind(value));
  }
  if (!base.is_nothing()) return context.raise("TypeError", "int() can't convert non-string with explicit base");
  const Term made = to_int(context, value);
  if (!is_not_mine(made)) return made;
  return context.raise("TypeError",
                       "int() argument must be a string, a bytes-like object or a real number, not '" + type_name(value) + "'");
}

Term run_float(Context& context, Arguments arguments) {
  const Term value = plain_value(arguments[0]);
  if (value.is_nothing()) return context.heap.make_float(0);
  if (is_string(value) || is_binary(value)) return float_from_text(context, number_text(value), text_kind(value));
  const Term made = to_float(context, value);
  if (!is_not_mine(made)) return made;
  return context.raise("TypeError", "float() argument must be a string or a real number, not '" + type_name(value) + "'");
}

template <BoxKind kKind>
Term run_sequence(Context& context, Arguments arguments) {
  std::vector<Term> items;
  if (!arguments[0].is_nothing()) {
    if (kKind == BoxKind::Tuple && is_tuple(arguments[0])) return arguments[0];
    if (!collect_items(context, arguments[0], items)) return Term();
  }
  return kKind == BoxKind::Tuple ? context.heap.make_tuple(items) : context.heap.make_list(items);
}

template <BoxKind kKind>
Term run_set(Context& context, Arguments arguments) {
  std::vector<Term> members;
  if (!arguments[0].is_nothing()) {
    if (kKind == BoxKind::FrozenSet && is_box(resolve(arguments[0]), BoxKind::FrozenSet)) return arguments[0];
    if (!collect_items(context, arguments[0], members)) return Term();
  }
  for (Term& member : members) {
    if (!check_hashable(context, member)) return Term();
    member = resolve(member);
  }
  return context.heap.make_set(kKind, members);
}

/// iterable
Term run_dict(Context& context, Arguments arguments) {
  const Term made = make_dict_with_room(4, context.heap);
  if (arguments[0].is_nothing()) return made;
  const Term source = resolve(arguments[0]);
  if (is_box(source, BoxKind::Dict)) return update(context, made, source) ? made : Term();
  return update_with_pairs(context, made, source) ? made : Term();
}

Term run_range(Context& context, Arguments arguments) {
  const bool one = arguments[1].is_nothing();
  const Term start = one ? Term::small(0) : arguments[0], stop = one ? arguments[0] : arguments[1];
  return make_range(context, start, stop, arguments[2].is_nothing() ? Term::small(1) : arguments[2]);
}

Term run_slice(Context& context, Arguments arguments) {
  const bool one = arguments[1].is_nothing();
  const Term step = arguments[2].is_nothing() ? Term::none() : arguments[2];
  return make_bounds(context, BoxKind::Slice, one ? Term::none() : arguments[0], arguments[one ? 0 : 1], step);
}

Term run_iter(Context& context, Arguments arguments) { return make_iterator(context, arguments[0]); }

/// iterator, default
Term run_next(Context& context, Arguments arguments) {
  if (!is_box(arguments[0], BoxKind::Iterator))
    return context.raise("TypeError", "'" + type_name(arguments[0]) + "' object is not an iterator");
  Term state[3] = {arguments[0], Term::small(0), Term::small(0)};
  Term value;
  switch (next(context, state, &value)) {
    case Answer::Yes:
      return value;
    case Answer::Raised:
      return Term();
    case Answer::No:
      break;
  }
  if (!arguments[1].is_nothing()) return arguments[1];
  return raise_exception(context, "StopIteration", {});
}

/// An iterator over what was computed at once: the elements do not depend on when they are asked for.
Term iterator_over(Context& context, const std::vector<Term>& items) {
  return make_iterator(context, context.heap.make_list(items));
}

/// iterable, start
Term run_enumerate(Context& context, Arguments arguments) {
  std::vector<Term> items;
  if (!collect_items(context, arguments[0], items)) return Term();
  Term number = arguments[1].is_nothing() ? Term::small(0) : arguments[1];
  if (!is_int(number))
    return context.raise("TypeError", "'" + type_name(number) + "' object cannot be interpreted as an integer");
  for (Term& item : items) {
    item = context.heap.tuple(number, item);
    number = operate(context, Opcode::Add, number, Term::small(1));
  }
  return iterator_over(context, items);
}

/// zip(strict=True), when column `ended` had no more: all of them must have ended.
bool check_lengths(Context& context, std::vector<Iteration>& columns, std::size_t ended) {
  std::size_t longer = ended;
  Term unused;
  if (ended == 0) {
    longer = 1;
    while (longer < columns.size() && !columns[longer].next(&unused)) ++longer;
    if (longer == columns.size()) return std::ranges::none_of(columns, &Iteration::raised);
  }
  const std::string before = longer == 1 ? "argument 1" : "arguments 1-" + std::to_string(longer);
  context.raise("ValueError", "zip() argument " + std::to_string(longer + 1) + " is " + (ended == 0 ? "longer" : "shorter") +
                                  " than " + before);
  return false;
}

/// strict, *iterables
Term run_zip(Context& context, Arguments arguments) {
  const Arguments iterables = arguments.subspan(1);
  std::vector<Iteration> columns;
  for (const Term iterable : iterables) {
    columns.emplace_back(context, iterable);
    if (columns.back().raised()) return Term();
  }
  std::vector<Term> made, row(columns.size());
  while (!columns.empty()) {
    std::size_t filled = 0;
    while (filled < columns.size() && columns[filled].next(&row[filled])) ++filled;
    if (std::ranges::any_of(columns, &Iteration::raised)) return Term();
    if (filled == columns.size()) {
      made.push_back(context.heap.make_tuple(row));
      continue;
    }
    if (arguments[0].is_true() && !check_lengths(context, columns, filled)) return Term();
    break;
  }
  return iterator_over(context, made);
}

Term run_reversed(Context& context, Arguments arguments) {
  const Term source = resolve(arguments[0]);
  const Term value = plain_value(source);
  const bool is_reversible = is_list_or_tuple(value) || is_string(value) || is_binary(value) || is_box(value, BoxKind::Range) ||
                             is_box(value, BoxKind::Dict) || is_enum_class(value);
  if (!is_reversible) return context.raise("TypeError", "'" + type_name(source) + "' object is not reversible");
  std::vector<Term> items;
  if (!collect_items(context, source, items)) return Term();
  std::reverse(items.begin(), items.end());
  return iterator_over(context, items);
}

/// iterable, reverse
Term run_sorted(Context& context, Arguments arguments) {
  std::vector<Term> items;
  if (!collect_items(context, arguments[0], items)) return Term();
  const bool reverse = !arguments[1].is_nothing() && is_truthy(arguments[1]);
  return sort_items(context, items, reverse) ? context.heap.make_list(items) : Term();
}

/// keys, items, reverse: what sorted(key=...) does when the keys are there.
Term run_sort_by(Context& context, Arguments arguments) {
  std::vector<Term> keys, items;
  if (!collect_items(context, arguments[0], keys) || !collect_items(context, arguments[1], items)) return Term();
  if (keys.size() != items.size()) return context.raise("ValueError", "as many keys are wanted as there are items");
  return sort_items_by(context, keys, items, is_truthy(resolve(arguments[2]))) ? context.heap.make_list(items) : Term();
}

Term run_type_name(Context& context, Arguments arguments) { return context.heap.make_string(type_name(arguments[0])); }

/// value, name: whether the value or what it holds is of a class of the program with a method of that name.
Term run_holds_method(Context& context, Arguments arguments) {
  constexpr unsigned kWithMethods = kind_bit(BoxKind::Record) | kind_bit(BoxKind::EnumMember) | kind_bit(BoxKind::Exception);
  const std::string_view name = string_view_of(arguments[1]);
  std::vector<Term> waiting{arguments[0]};
  std::unordered_set<Word> seen;  // a list may contain itself
  while (!waiting.empty()) {
    const Term at = resolve(waiting.back());
    waiting.pop_back();
    if (!is_container(at) || !seen.insert(at.bits()).second) continue;
    const Member* member = is_one_of(header_kind(header_of(at)), kWithMethods) ? find_member(nullptr, at, name) : nullptr;
    if (member != nullptr && member->kind == MemberKind::Method) return Term::boolean(true);
    for (Word i = 0; i < box_terms(header_of(at)).count; ++i) {
      if (element(at, i).is_boxed()) waiting.push_back(element(at, i));
    }
  }
  context.charge(seen.size());
  return Term::boolean(false);
}

bool is_of_kind(Term exception, std::string_view name) {
  const Term own = element(exception, 1);
  return string_view_of(own) == name;
}

/// object, name, default
Term run_getattr(Context& context, Arguments arguments) {
  if (!is_string(arguments[1]))
    return context.raise("TypeError", "attribute name must be string, not '" + type_name(arguments[1]) + "'");
  const Term found = get_attribute(context, arguments[0], arguments[1], nullptr);
  if (!found.is_nothing() || arguments[2].is_nothing() || !is_of_kind(context.error, "AttributeError")) return found;
  context.error = Term();
  return arguments[2];
}

Term run_callable(Context&, Arguments arguments) {
  const Term object = resolve(arguments[0]);
  if (is_box(object, BoxKind::Closure) || is_box(object, BoxKind::Function) || is_box(object, BoxKind::Type))
    return Term::boolean(true);
  return Term::boolean(find_member(nullptr, object, "__call__") != nullptr);
}

Term run_hash(Context& context, Arguments arguments) {
  if (!check_hashable(context, arguments[0])) return Term();
  return Term::small(static_cast<std::int64_t>(hash(resolve(arguments[0])) >> 3));
}

/// number, ndigits
Term run_round(Context& context, Arguments arguments) {
  const Term number = arguments[0], digits = arguments[1];
  const bool to_whole = digits.is_nothing() || digits.is_none();
  if (!to_whole && !is_int(digits))
    return context.raise("TypeError", "'" + type_name(digits) + "' object cannot be interpreted as an integer");
  const Term made = to_whole ? round_(context, number) : round_to(context, number, digits);
  return is_not_mine(made) ? context.raise("TypeError", "type " + type_name(number) + " doesn't define __round__ method") : made;
}

Term run_divmod(Context& context, Arguments arguments) {
  const Term made = divmod_(context, arguments[0], arguments[1]);
  if (!is_not_mine(made)) return made;
  return context.raise("TypeError", "unsupported operand type(s) for divmod(): '" + type_name(arguments[0]) + "' and '" +
                                        type_name(arguments[1]) + "'");
}

/// base, exp, mod
Term run_pow(Context& context, Arguments arguments) {
  if (arguments[2].is_nothing() || arguments[2].is_none()) return operate(context, Opcode::Power, arguments[0], arguments[1]);
  const Term made = power(context, arguments[0], arguments[1], arguments[2]);
  if (!is_not_mine(made)) return made;
  if (std::ranges::any_of(arguments, is_float))
    return context.raise("TypeError", "pow() 3rd argument not allowed unless all arguments are integers");
  return context.raise("TypeError", "unsupported operand type(s) for ** or pow(): '" + type_name(arguments[0]) + "', '" +
                                        type_name(arguments[1]) + "', '" + type_name(arguments[2]) + "'");
}

/// sep, end, *values. Written to the standard output at once and whole, so that lines of processes do not mix.
Term run_print(Context& context, Arguments arguments) {
  const auto text_or = [&](Term term, const char* otherwise) {
    return term.is_nothing() || term.is_none() ? std::string(otherwise) : std::string(string_view_of(term));
  };
  for (std::size_t i = 0; i < 2; ++i) {
    if (!arguments[i].is_nothing() && !arguments[i].is_none() && !is_string(arguments[i]))
      return context.raise("TypeError",
                           std::string(i == 0 ? "sep" : "end") + " must be None or a string, not " + type_name(arguments[i]));
  }
  const std::string between = text_or(arguments[0], " ");
  std::string line;
  for (std::size_t i = 2; i < arguments.size(); ++i) {
    if (i > 2) line += between;
    const Term text = str_of(context, arguments[i]);
    if (text.is_nothing()) return text;
    line += string_view_of(text);
  }
  line += text_or(arguments[1], "\n");
  for (std::size_t done = 0; done < line.size();) {
    const ssize_t written = write(STDOUT_FILENO, line.data() + done, line.size() - done);
    if (written < 0 && errno != EINTR) return context.raise("OSError", "print: the standard output cannot be written");
    if (written > 0) done += static_cast<std::size_t>(written);
  }
  return Term::none();
}

constexpr Builtin kFunctions[] = {
    {"abs", "x, /", run_abs},
    {"all", "iterable, /", run_any_or_all<false>},
    {"any", "iterable, /", run_any_or_all<true>},
    {"bool", "x=False, /", run_bool},
    {"callable", "obj, /", run_callable},
    {"dict", "iterable=(), /", run_dict},
    {"divmod", "x, y, /", run_divmod},
    {"enumerate", "iterable, start=0", run_enumerate},
    {"float", "x=0, /", run_float},
    {"frozenset", "iterable=(), /", run_set<BoxKind::FrozenSet>},
    {"getattr", "object, name, default=None, /", run_getattr},
    {"hash", "obj, /", run_hash},
    {"int", "x=0, /, base=10", run_int},
    {"isinstance", "obj, class_or_tuple, /", run_isinstance},
    {"iter", "iterable, /", run_iter},
    {"len", "obj, /", run_len},
    {"list", "iterable=(), /", run_sequence<BoxKind::List>},
    {"max", "*values, default=None", run_max},
    {"min", "*values, default=None", run_min},
    {"next", "iterator, default=None, /", run_next},
    {"pow", "base, exp, mod=None", run_pow},
    {"print", "*values, sep=' ', end='\\n'", run_print},
    {"pyvm.compiler.library.natives.holds_method", "value, name, /", run_holds_method},
    {"pyvm.compiler.library.natives.sort_by", "keys, items, reverse, /", run_sort_by},
    {"pyvm.compiler.library.natives.type_name", "value, /", run_type_name},
    {"range", "start, stop=None, step=1, /", run_range},
    {"reversed", "sequence, /", run_reversed},
    {"round", "number, ndigits=None", run_round},
    {"set", "iterable=(), /", run_set<BoxKind::Set>},
    {"slice", "start, stop=None, step=None, /", run_slice},
    {"sorted", "iterable, /, *, reverse=False", run_sorted},
    {"sum", "iterable, /, start=0", run_sum},
    {"tuple", "iterable=(), /", run_sequence<BoxKind::Tuple>},
    {"type", "object, /", run_type},
    {"zip", "*iterables, strict=False", run_zip},
};

}  // namespace

std::span<const Builtin> value_functions() { return kFunctions; }

}  // namespace pyvm::vm
