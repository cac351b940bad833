// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Methods of list, tuple, dict, set, frozenset, int and float.
#include <algorithm>
#include <cmath>

#include "term/change.h"
#include "term/compare.h"
#include "term/hash.h"
#include "term/number.h"
#include "vm/builtins/sorting.h"
#include "vm/builtins/tables.h"
#include "vm/enums.h"
#include "vm/format.h"
#include "vm/items.h"
#include "vm/numbers.h"
#include "vm/operators.h"
#include "vm/text.h"

namespace pyvm::vm {

namespace {

using Arguments = std::span<const Term>;

bool is_item(Term each, Term wanted) { return is_same(each, wanted) || equal(each, wanted); }

/// A position as list.insert and list.index take it: beyond the ends it is an end.
std::size_t clamped_position(Term index, std::size_t size) {
  std::int64_t at = clamped_int(index);
  if (at < 0) at = std::max<std::int64_t>(at + static_cast<std::int64_t>(size), 0);
  return std::min(static_cast<std::size_t>(at), size);
}

// list

Term list_run_append(Context& context, Arguments arguments) {
  if (!check_changeable(context, arguments[0])) return Term();
  list_append(arguments[0], arguments[1], context.heap);
  return Term::none();
}

Term list_run_extend(Context& context, Arguments arguments) {
  return extend(context, arguments[0], arguments[1]) ? Term::none() : Term();
}

Term list_run_insert(Context& context, Arguments arguments) {
  if (!check_changeable(context, arguments[0])) return Term();
  if (!is_int(arguments[1]))
    return context.raise("TypeError", "'" + type_name(arguments[1]) + "' object cannot be interpreted as an integer");
  const std::size_t size = size_of(arguments[0]);
  context.charge(size);
  list_insert(arguments[0], clamped_position(arguments[1], size), arguments[2], context.heap);
  return Term::none();
}

Term list_run_pop(Context& context, Arguments arguments) {
  const Term list = resolve(arguments[0]);
  if (!check_changeable(context, list)) return Term();
  if (size_of(list) == 0) return context.raise("IndexError", "pop from empty list");
  const Term at = arguments[1].is_nothing() ? Term::small(-1) : arguments[1];
  if (!is_int(at)) return context.raise("TypeError", "'" + type_name(at) + "' object cannot be interpreted as an integer");
  std::int64_t index = clamped_int(at);
  const auto size = static_cast<std::int64_t>(size_of(list));
  if (index < 0) index += size;
  if (index < 0 || index >= size) return context.raise("IndexError", "pop index out of range");
  context.charge(static_cast<std::size_t>(size - index));
  return list_pop(list, static_cast<Word>(index), context.heap);
}

Term list_run_remove(Context& context, Arguments arguments) {
  if (!check_changeable(context, arguments[0])) return Term();
  const Arguments items = list_items(arguments[0]);
  const auto found = std::ranges::find_if(items, [&](Term each) { return is_item(each, arguments[1]); });
  if (found == items.end()) return context.raise("ValueError", "list.remove(x): x not in list");
  const auto position = static_cast<Word>(found - items.begin());
  context.charge(items.size());
  list_delete(arguments[0], position, position + 1, context.heap);
  return Term::none();
}

Term list_run_clear(Context& context, Arguments arguments) {
  if (!check_changeable(context, arguments[0])) return Term();
  list_clear(arguments[0]);
  return Term::none();
}

Term list_run_reverse(Context& context, Arguments arguments) {
  if (!check_changeable(context, arguments[0])) return Term();
  context.charge(size_of(arguments[0]));
  list_reverse(arguments[0], context.heap);
  return Term::none();
}

Term list_run_copy(Context& context, Arguments arguments) {
  context.charge(size_of(arguments[0]));
  return context.heap.make_list(list_items(arguments[0]));
}

Term list_run_sort(Context& context, Arguments arguments) {
  if (!check_changeable(context, arguments[0])) return Term();
  const Arguments before = list_items(arguments[0]);
  std::vector<Term> items(before.begin(), before.end());
  if (!sort_items(context, items, !arguments[1].is_nothing() && is_truthy(arguments[1]))) return Term();
  for (std::size_t i = 0; i < items.size(); ++i) list_set(arguments[0], i, items[i], context.heap);
  return Term::none();
}

Term sequence_count(Context& context, Arguments arguments) {
  const Arguments items = list_items(arguments[0]);
  context.charge(items.size());
  return Term::small(std::ranges::count_if(items, [&](Term each) { return is_item(each, arguments[1]); }));
}

/// value, start, stop
Term sequence_index(Context& context, Arguments arguments) {
  const Arguments items = list_items(arguments[0]);
  const std::size_t begin = arguments[2].is_nothing() ? 0 : clamped_position(arguments[2], items.size());
  const std::size_t end = arguments[3].is_nothing() ? items.size() : clamped_position(arguments[3], items.size());
  for (std::size_t i = begin; i < end; ++i) {
    context.charge(1);
    if (is_item(items[i], arguments[1])) return Term::small(static_cast<std::int64_t>(i));
  }
  if (is_tuple(arguments[0])) return context.raise("ValueError", "tuple.index(x): x not in tuple");
  const Term shown = repr_of(context, arguments[1]);
  return shown.is_nothing() ? shown : context.raise("ValueError", std::string(string_view_of(shown)) + " is not in list");
}

// dict

bool check_key(Context& context, Term dict, Term key) { return check_changeable(context, dict) && check_hashable(context, key); }

Term dict_run_get(Context& context, Arguments arguments) {
  if (!find_unhashable(arguments[1]).is_nothing() && !check_hashable(context, arguments[1])) return Term();
  const Term found = dict_get(resolve(arguments[0]), known_key(resolve(arguments[0]), arguments[1]));
  if (!found.is_nothing()) return found;
  return arguments[2].is_nothing() ? Term::none() : arguments[2];
}

Term dict_run_setdefault(Context& context, Arguments arguments) {
  if (!check_key(context, arguments[0], arguments[1])) return Term();
  const Term found = dict_get(resolve(arguments[0]), known_key(resolve(arguments[0]), arguments[1]));
  if (!found.is_nothing()) return found;
  const Term value = arguments[2].is_nothing() ? Term::none() : arguments[2];
  dict_set(arguments[0], resolve(arguments[1]), value, context.heap);
  return value;
}

Term dict_run_pop(Context& context, Arguments arguments) {
  if (!check_key(context, arguments[0], arguments[1])) return Term();
  const Term removed = dict_delete(arguments[0], known_key(arguments[0], arguments[1]), context.heap);
  if (!removed.is_nothing()) return removed;
  return arguments[2].is_nothing() ? raise_key_error(context, arguments[1]) : arguments[2];
}

Term dict_run_popitem(Context& context, Arguments arguments) {
  if (!check_changeable(context, arguments[0])) return Term();
  const std::optional<TermPair> last = dict_pop_last(arguments[0], context.heap);
  if (!last) return raise_key_error(context, context.heap.make_string("popitem(): dictionary is empty"));
  return context.heap.tuple(last->key, last->value);
}

Term dict_run_clear(Context& context, Arguments arguments) {
  if (!check_changeable(context, arguments[0])) return Term();
  dict_clear(arguments[0]);
  return Term::none();
}

Term dict_run_copy(Context& context, Arguments arguments) {
  const Term made = make_dict_with_room(size_of(arguments[0]), context.heap);
  return update(context, made, arguments[0]) ? made : Term();
}

/// iterable, names
Term dict_run_update(Context& context, Arguments arguments) {
  for (const Term source : arguments.subspan(1)) {
    if (source.is_nothing()) continue;
    const bool is_mapping = is_box(resolve(source), BoxKind::Dict);
    if (!(is_mapping ? update(context, arguments[0], source) : update_with_pairs(context, arguments[0], source))) return Term();
  }
  return Term::none();
}

// A view is a list of what is there when it is asked for.

Term dict_run_keys(Context& context, Arguments arguments) { return context.heap.make_list(entries_of(arguments[0])); }

Term dict_run_values(Context& context, Arguments arguments) {
  std::vector<Term> values;
  const Term dict = resolve(arguments[0]);
  for (Word entry = next_entry(dict, 0); entry != kNoEntry; entry = next_entry(dict, entry + 1))
    values.push_back(entry_value(dict, entry));
  context.charge(values.size());
  return context.heap.make_list(values);
}

Term dict_run_items(Context& context, Arguments arguments) {
  std::vector<Term> items;
  const Term dict = resolve(arguments[0]);
  for (Word entry = next_entry(dict, 0); entry != kNoEntry; entry = next_entry(dict, entry + 1))
    items.push_back(context.heap.tuple(entry_key(dict, entry), entry_value(dict, entry)));
  context.charge(items.size());
  return context.heap.make_list(items);
}

// set and frozenset

Term set_run_add(Context& context, Arguments arguments) {
  if (!check_key(context, arguments[0], arguments[1])) return Term();
  set_add(arguments[0], resolve(arguments[1]), context.heap);
  return Term::none();
}

Term set_run_discard(Context& context, Arguments arguments) {
  if (!check_changeable(context, arguments[0])) return Term();
  const Term member = known_member(context, arguments[0], arguments[1]);
  if (member.is_nothing()) return member;
  set_discard(arguments[0], member, context.heap);
  return Term::none();
}

Term set_run_remove(Context& context, Arguments arguments) {
  if (!check_changeable(context, arguments[0])) return Term();
  const Term member = known_member(context, arguments[0], arguments[1]);
  if (member.is_nothing()) return member;
  return set_discard(arguments[0], member, context.heap) ? Term::none() : raise_key_error(context, arguments[1]);
}

Term set_run_pop(Context& context, Arguments arguments) {
  if (!check_changeable(context, arguments[0])) return Term();
  const Term member = set_pop(arguments[0], context.heap);
  return member.is_nothing() ? raise_key_error(context, context.heap.make_string("pop from an empty set")) : member;
}

Term set_run_clear(Context& context, Arguments arguments) {
  if (!check_changeable(context, arguments[0])) return Term();
  set_clear(arguments[0]);
  return Term::none();
}

Term set_run_copy(Context& context, Arguments arguments) {
  const Term set = resolve(arguments[0]);
  return context.heap.make_set(header_kind(header_of(set)), entries_of(set));
}

Term set_run_update(Context& context, Arguments arguments) {
  for (const Term source : arguments.subspan(1)) {
    if (!update(context, arguments[0], source)) return Term();
  }
  return Term::none();
}

/// The set of what an iterable gives; sets are taken as they are.
Term as_set(Context& context, Term iterable) {
  iterable = resolve(iterable);
  if (is_set(iterable)) return iterable;
  const Term made = make_set_with_room(4, context.heap);
  return update(context, made, iterable) ? made : Term();
}

template <Opcode kOp>
Term set_run_combine(Context& context, Arguments arguments) {
  Term result = set_run_copy(context, arguments.first(1));
  for (const Term other : arguments.subspan(1)) {
    const Term set = as_set(context, other);
    if (set.is_nothing()) return set;
    result = operate(context, kOp, result, set);
  }
  return result;
}

/// The same in place. An intersection is computed before the set changes, as in CPython.
template <Opcode kOp>
Term set_run_change(Context& context, Arguments arguments) {
  if (!check_changeable(context, arguments[0])) return Term();
  const Term common = kOp == Opcode::BitAnd ? set_run_combine<kOp>(context, arguments) : Term();
  if (kOp == Opcode::BitAnd && common.is_nothing()) return common;
  for (const Term other : kOp == Opcode::BitAnd ? Arguments(&common, 1) : arguments.subspan(1)) {
    const Term set = as_set(context, other);
    if (set.is_nothing() || operate_in_place(context, kOp, arguments[0], set).is_nothing()) return Term();
  }
  return Term::none();
}

template <Opcode kOp>
Term set_run_compare(Context& context, Arguments arguments) {
  const Term other = as_set(context, arguments[1]);
  if (other.is_nothing()) return other;
  const Answer found = order(context, kOp, arguments[0], other);
  return found == Answer::Raised ? Term() : Term::boolean(found == Answer::Yes);
}

Term set_run_isdisjoint(Context& context, Arguments arguments) {
  const Term other = as_set(context, arguments[1]);
  if (other.is_nothing()) return other;
  return Term::boolean(std::ranges::none_of(entries_of(arguments[0]), [&](Term member) { return set_has(other, member); }));
}

// slice

Term slice_run_indices(Context& context, Arguments arguments) {
  return slice_indices(context, resolve(arguments[0]), arguments[1]);
}

// range

Term range_run_count(Context& context, Arguments arguments) {
  return Term::small(range_has(context, resolve(arguments[0]), plain_value(arguments[1])));
}

Term range_run_index(Context& context, Arguments arguments) {
  const Term range = resolve(arguments[0]);
  const Term item = plain_value(arguments[1]);
  if (range_has(context, range, item)) return range_index(context, range, item);
  if (!is_int(arguments[1])) return context.raise("ValueError", "sequence.index(x): x not in sequence");
  const Term shown = repr_of(context, arguments[1]);
  return shown.is_nothing() ? shown : context.raise("ValueError", std::string(string_view_of(shown)) + " is not in range");
}

// int and float

Term int_run_bit_length(Context& context, Arguments arguments) { return bit_length(context, arguments[0]); }
Term number_run_as_integer_ratio(Context& context, Arguments arguments) { return as_integer_ratio(context, arguments[0]); }
Term float_run_is_integer(Context&, Arguments arguments) {
  const double value = float_value(arguments[0]);
  return Term::boolean(value - value == 0 && value == std::floor(value));
}

constexpr Method kMethods[] = {
    {"list", "append", "object, /", list_run_append},
    {"list", "clear", "", list_run_clear},
    {"list", "copy", "", list_run_copy},
    {"list", "count", "value, /", sequence_count},
    {"list", "extend", "iterable, /", list_run_extend},
    {"list", "index", "value, start=0, stop=-1, /", sequence_index},
    {"list", "insert", "index, object, /", list_run_insert},
    {"list", "pop", "index=-1, /", list_run_pop},
    {"list", "remove", "value, /", list_run_remove},
    {"list", "reverse", "", list_run_reverse},
    {"list", "sort", "*, reverse=False", list_run_sort},
    {"tuple", "count", "value, /", sequence_count},
    {"tuple", "index", "value, start=0, stop=-1, /", sequence_index},
    {"dict", "clear", "", dict_run_clear},
    {"dict", "copy", "", dict_run_copy},
    {"dict", "get", "key, default=None, /", dict_run_get},
    {"dict", "items", "", dict_run_items},
    {"dict", "keys", "", dict_run_keys},
    {"dict", "pop", "key, default=None, /", dict_run_pop},
    {"dict", "popitem", "", dict_run_popitem},
    {"dict", "setdefault", "key, default=None, /", dict_run_setdefault},
    {"dict", "update", "iterable=(), /, **names", dict_run_update},
    {"dict", "values", "", dict_run_values},
    {"set", "add", "object, /", set_run_add},
    {"set", "clear", "", set_run_clear},
    {"set", "copy", "", set_run_copy},
    {"set", "difference", "*others", set_run_combine<Opcode::Subtract>},
    {"set", "difference_update", "*others", set_run_change<Opcode::Subtract>},
    {"set", "discard", "object, /", set_run_discard},
    {"set", "intersection", "*others", set_run_combine<Opcode::BitAnd>},
    {"set", "intersection_update", "*others", set_run_change<Opcode::BitAnd>},
    {"set", "isdisjoint", "other, /", set_run_isdisjoint},
    {"set", "issubset", "other, /", set_run_compare<Opcode::LessEqual>},
    {"set", "issuperset", "other, /", set_run_compare<Opcode::GreaterEqual>},
    {"set", "pop", "", set_run_pop},
    {"set", "remove", "object, /", set_run_remove},
    {"set", "symmetric_difference", "other, /", set_run_combine<Opcode::BitXor>},
    {"set", "symmetric_difference_update", "other, /", set_run_change<Opcode::BitXor>},
    {"set", "union", "*others", set_run_combine<Opcode::BitOr>},
    {"set", "update", "*others", set_run_update},
    {"frozenset", "copy", "", set_run_copy},
    {"frozenset", "difference", "*others", set_run_combine<Opcode::Subtract>},
    {"frozenset", "intersection", "*others", set_run_combine<Opcode::BitAnd>},
    {"frozenset", "isdisjoint", "other, /", set_run_isdisjoint},
    {"frozenset", "issubset", "other, /", set_run_compare<Opcode::LessEqual>},
    {"frozenset", "issuperset", "other, /", set_run_compare<Opcode::GreaterEqual>},
    {"frozenset", "symmetric_difference", "other, /", set_run_combine<Opcode::BitXor>},
    {"frozenset", "union", "*others", set_run_combine<Opcode::BitOr>},
    {"range", "count", "value, /", range_run_count},
    {"range", "index", "value, /", range_run_index},
    {"slice", "indices", "length, /", slice_run_indices},
    {"int", "as_integer_ratio", "", number_run_as_integer_ratio},
    {"int", "bit_length", "", int_run_bit_length},
    {"float", "as_integer_ratio", "", number_run_as_integer_ratio},
    {"float", "is_integer", "", float_run_is_integer},
};

}  // namespace

std::span<const Method> container_methods() { return kMethods; }

}  // namespace pyvm::vm
