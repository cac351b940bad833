// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Operators on values of any type: numbers go to numbers.h, texts to text.h, and what is neither is decided here.
#include "vm/operators.h"

#include <algorithm>

#include "term/change.h"
#include "term/compare.h"
#include "term/hash.h"
#include "vm/enums.h"
#include "vm/format.h"
#include "vm/items.h"
#include "vm/numbers.h"
#include "vm/text.h"

namespace pyvm::vm {

namespace {

bool is_text(Term term) { return is_string(term) || is_binary(term); }

const char* symbol_of(Opcode op) {
  switch (op) {
    case Opcode::Add:
      return "+";
    case Opcode::Subtract:
      return "-";
    case Opcode::Multiply:
      return "*";
    case Opcode::TrueDivide:
      return "/";
    case Opcode::FloorDivide:
      return "//";
    case Opcode::Modulo:
      return "%";
    case Opcode::Power:
      return "** or pow()";
    case Opcode::ShiftLeft:
      return "<<";
    case Opcode::ShiftRight:
      return ">>";
    case Opcode::BitAnd:
      return "&";
    case Opcode::BitOr:
      return "|";
    case Opcode::BitXor:
      return "^";
    case Opcode::Less:
      return "<";
    case Opcode::LessEqual:
      return "<=";
    case Opcode::Greater:
      return ">";
    case Opcode::GreaterEqual:
      return ">=";
    case Opcode::Negate:
      return "-";
    case Opcode::Plus:
      return "+";
    default:
      return "~";
  }
}

Term joined(Context& context, BoxKind kind, Term left, Term right) {
  const std::span<const Term> first = list_items(left), second = list_items(right);
  Term* slots = nullptr;
  const Term made = context.heap.make_container(kind, first.size() + second.size(), &slots);
  std::copy(second.begin(), second.end(), std::copy(first.begin(), first.end(), slots));
  context.charge(first.size() + second.size());
  return made;
}

Term add_others(Context& context, Term left, Term right) {
  if ((is_string(left) && is_string(right)) || (is_binary(left) && is_binary(right))) return concatenate(context, left, right);
  if (is_tuple(left) && is_tuple(right)) return joined(context, BoxKind::Tuple, left, right);
  if (is_box(left, BoxKind::List) && is_box(right, BoxKind::List)) return joined(context, BoxKind::List, left, right);
  return not_mine();
}

Term repeated(Context& context, Term sequence, Term count) {
  if (is_text(sequence)) return repeat(context, sequence, count);
  const std::span<const Term> items = list_items(sequence);
  const auto times = static_cast<std::size_t>(std::max<std::int64_t>(clamped_int(count), 0));
  if (!items.empty() && times > kLongestText / items.size()) return context.raise("MemoryError", "");
  Term* slots = nullptr;
  const BoxKind kind = is_tuple(sequence) ? BoxKind::Tuple : BoxKind::List;
  const Term made = context.heap.make_container(kind, items.size() * times, &slots);
  for (std::size_t i = 0; i < times; ++i) slots = std::copy(items.begin(), items.end(), slots);
  context.charge(items.size() * times);
  return made;
}

bool is_sequence(Term term) { return is_text(term) || is_list_or_tuple(term); }

Term multiply_others(Context& context, Term left, Term right) {
  if (is_sequence(left) && is_int(right)) return repeated(context, left, right);
  if (is_sequence(right) && is_int(left)) return repeated(context, right, left);
  return not_mine();
}

/// The algebra of sets, and `|` of dicts.
Term combine(Context& context, Opcode op, Term left, Term right) {
  if (is_box(left, BoxKind::Dict) && is_box(right, BoxKind::Dict) && op == Opcode::BitOr) return merged(context, left, right);
  if (!is_set(left) || !is_set(right)) return not_mine();
  const BoxKind kind = header_kind(header_of(left));
  std::vector<Term> members;
  const bool keeps_common = op == Opcode::BitAnd, keeps_left = op != Opcode::BitAnd;
  for (const Term member : entries_of(left)) {
    const bool common = set_has(right, member);
    if (common ? keeps_common || op == Opcode::BitOr : keeps_left) members.push_back(member);
  }
  if (op == Opcode::BitOr || op == Opcode::BitXor) {
    for (const Term member : entries_of(right)) {
      if (!set_has(left, member)) members.push_back(member);
    }
  }
  context.charge(members.size());
  return context.heap.make_set(kind, members);
}

Term operate_on_others(Context& context, Opcode op, Term left, Term right) {
  switch (op) {
    case Opcode::Add:
      return add_others(context, left, right);
    case Opcode::Multiply:
      return multiply_others(context, left, right);
    case Opcode::Modulo:
      return is_text(left) ? format_percent(context, left, right) : not_mine();
    case Opcode::Subtract:
    case Opcode::BitAnd:
    case Opcode::BitOr:
    case Opcode::BitXor:
      return combine(context, op, left, right);
    default:
      return not_mine();
  }
}

/// What numbers.h has for the operator: not_mine() for anything but numbers.
Term operate_on_numbers(Context& context, Opcode op, Term left, Term right) {
  switch (op) {
    case Opcode::Add:
      return add(context, left, right);
    case Opcode::Subtract:
      return subtract(context, left, right);
    case Opcode::Multiply:
      return multiply(context, left, right);
    case Opcode::TrueDivide:
      return true_divide(context, left, right);
    case Opcode::FloorDivide:
      return floor_divide(context, left, right);
    case Opcode::Modulo:
      return modulo(context, left, right);
    case Opcode::Power:
      return power(context, left, right);
    case Opcode::ShiftLeft:
      return shift_left(context, left, right);
    case Opcode::ShiftRight:
      return shift_right(context, left, right);
    case Opcode::BitAnd:
      return bit_and(context, left, right);
    case Opcode::BitOr:
      return bit_or(context, left, right);
    default:
      return bit_xor(context, left, right);
  }
}

/// What CPython 3.11 repeats nothing in place by: `x *= "ab"` is for a number x, and not for a set or a member of an IntEnum.
bool repeats_nothing(Term term) { return !is_number(term) && !term.is_none() && !is_sequence(plain_value(term)); }

/// TypeError for operands that an operator is not for: the class of a member of an enum is named, and not that of its value.
Term refuse_operands(Context& context, Opcode op, Term left, Term right, bool in_place) {
  const Term first = plain_value(left), second = plain_value(right);
  const std::string left_type = type_name(left), right_type = type_name(right);
  if (op == Opcode::Add && is_binary(first)) return context.raise("TypeError", "can't concat " + right_type + " to bytes");
  if (op == Opcode::Add && is_sequence(first)) {
    const std::string type = type_name(first);
    return context.raise("TypeError", "can only concatenate " + type + " (not \"" + right_type + "\") to " + type);
  }
  if (op == Opcode::Multiply && is_sequence(first))
    return context.raise("TypeError", "can't multiply sequence by non-int of type '" + right_type + "'");
  if (op == Opcode::Multiply && is_sequence(second) && !(in_place && repeats_nothing(left)))
    return context.raise("TypeError", "can't multiply sequence by non-int of type '" + left_type + "'");
  const std::string symbol = in_place && op == Opcode::Power ? "**" : symbol_of(op);
  return context.raise("TypeError", "unsupported operand type(s) for " + symbol + (in_place ? "=" : "") + ": '" + left_type +
                                        "' and '" + right_type + "'");
}

/// One of Add .. BitXor; not_mine() if it is for other types.
Term try_operate(Context& context, Opcode op, Term left, Term right) {
  if (is_box(left, BoxKind::EnumMember) || is_box(right, BoxKind::EnumMember)) {
    const Term flags = combine_flags(context, op, left, right);
    if (!flags.is_nothing()) return flags;
    left = plain_value(left);
    if (op != Opcode::Modulo || !is_text(left)) right = plain_value(right);  // a text shows the member
  }
  const Term made = operate_on_numbers(context, op, left, right);
  return is_not_mine(made) ? operate_on_others(context, op, left, right) : made;
}

bool is_subset(Term left, Term right) {
  if (size_of(left) > size_of(right)) return false;
  return std::ranges::all_of(entries_of(left), [&](Term member) { return set_has(right, member); });
}

bool compares(Opcode op, std::weak_ordering order) {
  switch (op) {
    case Opcode::Less:
      return order < 0;
    case Opcode::LessEqual:
      return order <= 0;
    case Opcode::Greater:
      return order > 0;
    default:
      return order >= 0;
  }
}

bool compare_sets(Opcode op, Term left, Term right) {
  if (op == Opcode::Greater || op == Opcode::GreaterEqual) std::swap(left, right);
  const bool strict = op == Opcode::Less || op == Opcode::Greater;
  return is_subset(left, right) && (!strict || size_of(left) < size_of(right));
}

/// Both are of one frozen dataclass with order=True.
bool are_ordered_records(Term left, Term right) {
  if (!is_box(left, BoxKind::Record) || !is_box(right, BoxKind::Record) || element(left, 0) != element(right, 0)) return false;
  const ClassTable* table = declared_class(element(left, 0));
  return table != nullptr && table->ordered;
}

Answer unorderable(Context& context, Opcode op, Term left, Term right) {
  context.raise("TypeError", std::string("'") + symbol_of(op) + "' not supported between instances of '" + type_name(left) +
                                 "' and '" + type_name(right) + "'");
  return Answer::Raised;
}

}  // namespace

Term operate(Context& context, Opcode op, Term left, Term right) {
  left = resolve(left);
  right = resolve(right);
  const Term made = try_operate(context, op, left, right);
  return is_not_mine(made) ? refuse_operands(context, op, left, right, false) : made;
}

Term operate(Context& context, Opcode op, Term operand) {
  const Term inverted = op == Opcode::Invert ? invert_flag(context, operand) : Term();
  if (!inverted.is_nothing()) return inverted;
  const Term value = plain_value(operand);
  Term made = not_mine();
  if (op == Opcode::Negate) made = negate(context, value);
  if (op == Opcode::Plus) made = plus(context, value);
  if (op == Opcode::Invert) made = invert(context, value);
  if (!is_not_mine(made)) return made;
  return context.raise("TypeError",
                       std::string("bad operand type for unary ") + symbol_of(op) + ": '" + type_name(operand) + "'");
}

Term operate_in_place(Context& context, Opcode op, Term left, Term right) {
  left = resolve(left);
  right = resolve(right);
  const bool is_list = is_box(left, BoxKind::List), is_dict_box = is_box(left, BoxKind::Dict);
  if (is_list && op == Opcode::Add) return extend(context, left, right) ? left : Term();
  if (is_list && op == Opcode::Multiply && is_int(right)) {
    if (!check_changeable(context, left)) return Term();
    const Term made = repeated(context, left, right);
    if (!made.is_nothing()) list_replace(left, 0, size_of(left), list_items(made), context.heap);
    return made.is_nothing() ? made : left;
  }
  if (is_dict_box && op == Opcode::BitOr) {
    const bool good = is_box(right, BoxKind::Dict) ? update(context, left, right) : update_with_pairs(context, left, right);
    return good ? left : Term();
  }
  const bool changes_set = is_box(left, BoxKind::Set) && is_set(right) &&
                           (op == Opcode::Subtract || op == Opcode::BitAnd || op == Opcode::BitOr || op == Opcode::BitXor);
  if (!changes_set) {
    const bool is_refused = op == Opcode::Multiply && is_sequence(plain_value(right)) && repeats_nothing(left);
    const Term made = is_refused ? not_mine() : try_operate(context, op, left, right);
    return is_not_mine(made) ? refuse_operands(context, op, left, right, true) : made;
  }
  if (!check_changeable(context, left)) return Term();
  const Term made = combine(context, op, left, right);
  set_clear(left);
  for (const Term member : entries_of(made)) set_add(left, member, context.heap);
  return left;
}

Answer order(Context& context, Opcode op, Term left, Term right) {
  // Sequences are compared by their first elements that differ, so an explicit stack is not needed: one pair at a time goes deeper.
  for (;;) {
    const Term given_left = resolve(left), given_right = resolve(right);
    left = plain_value(given_left);
    right = plain_value(given_right);
    if (is_number(left) && is_number(right)) {
      if (is_nan(left) || is_nan(right)) return Answer::No;
      return answer(compares(op, compare_numbers(left, right) <=> 0));
    }
    if ((is_string(left) && is_string(right)) || (is_binary(left) && is_binary(right)))
      return answer(compares(op, compare(left, right)));
    if (is_set(left) && is_set(right)) return answer(compare_sets(op, left, right));
    if (is_box(left, BoxKind::Slice) && is_box(right, BoxKind::Slice)) {  // as tuples, too
      left = context.heap.make_tuple({bounds_of(left), 3});
      right = context.heap.make_tuple({bounds_of(right), 3});
    }
    if (are_ordered_records(left, right)) {  // as the tuples of their fields
      const Word fields = arity_of(left) - 1;
      left = context.heap.make_tuple({reinterpret_cast<const Term*>(left.boxed() + 2), fields});
      right = context.heap.make_tuple({reinterpret_cast<const Term*>(right.boxed() + 2), fields});
    }
    const bool comparable = (is_tuple(left) && is_tuple(right)) || (is_box(left, BoxKind::List) && is_box(right, BoxKind::List));
    if (!comparable) return unorderable(context, op, given_left, given_right);
    const std::span<const Term> first = list_items(left), second = list_items(right);
    std::size_t i = 0;
    const std::size_t both = std::min(first.size(), second.size());
    while (i < both && (is_same(first[i], second[i]) || equal(first[i], second[i]))) ++i;
    context.charge(i);
    if (i == both) return answer(compares(op, first.size() <=> second.size()));
    left = first[i];
    right = second[i];
  }
}

Answer is_equal(Context& context, Term left, Term right) {
  if (is_box(left, BoxKind::EnumMember) != is_box(right, BoxKind::EnumMember)) {
    left = plain_value(left);
    right = plain_value(right);
  }
  const std::optional<bool> found = try_equal(left, right);
  if (found) return answer(*found);
  context.raise("RecursionError", "maximum recursion depth exceeded in comparison");
  return Answer::Raised;
}

bool is_same(Term left, Term right) {
  left = resolve(left);
  right = resolve(right);
  if (left == right) return true;
  // Values that never change may be one object or several: here equal ones of a type are one.
  const auto is_value = [](Term term) {
    return is_number(term) || is_text(term) || is_ref(term) || is_box(term, BoxKind::EnumMember) || is_box(term, BoxKind::Type);
  };
  return is_value(left) && is_value(right) && equal_exact(left, right);
}

namespace {

Answer flag_has(Context& context, Term flag, Term item) {
  if (is_flag(item) && class_of(nullptr, item) == class_of(nullptr, flag))
    return answer(is_same(combine_flags(context, Opcode::BitAnd, item, flag), item));
  context.raise("TypeError", "unsupported operand type(s) for 'in': '" + type_name(item) + "' and '" + type_name(flag) + "'");
  return Answer::Raised;
}

}  // namespace

Answer has_item(Context& context, Term container, Term item) {
  container = resolve(container);
  item = resolve(item);
  if (is_text(container)) {
    const Term found = contains(context, container, item);
    return found.is_nothing() ? Answer::Raised : answer(found.is_true());
  }
  if (is_box(container, BoxKind::Dict)) {
    if (!check_hashable(context, item)) return Answer::Raised;
    return answer(!dict_get(container, known_key(container, item)).is_nothing());
  }
  if (is_set(container)) {
    const Term member = known_member(context, container, item);
    return member.is_nothing() ? Answer::Raised : answer(set_has(container, member));
  }
  if (is_list_or_tuple(container)) {
    const std::span<const Term> items = list_items(container);
    const Term plain = plain_value(item);
    const auto found =
        std::ranges::find_if(items, [&](Term each) { return is_same(each, item) || equal(plain_value(resolve(each)), plain); });
    context.charge(static_cast<std::size_t>(found - items.begin()));
    return answer(found != items.end());
  }
  if (is_enum_class(container))
    return answer(is_box(item, BoxKind::EnumMember) && class_of(nullptr, item) == class_of(nullptr, container));
  if (is_flag(container)) return flag_has(context, container, item);
  if (is_text(plain_value(container))) return has_item(context, plain_value(container), item);
  if (is_box(container, BoxKind::Range)) return answer(range_has(context, container, plain_value(item)));
  if (is_box(container, BoxKind::Iterator)) {  // which goes on behind the item
    Iteration iteration(context, container);
    for (Term each; iteration.next(&each);) {
      if (is_same(each, item) || equal(each, item)) return Answer::Yes;
    }
    return iteration.raised() ? Answer::Raised : Answer::No;
  }
  context.raise("TypeError", "argument of type '" + type_name(container) + "' is not iterable");
  return Answer::Raised;
}

}  // namespace pyvm::vm
