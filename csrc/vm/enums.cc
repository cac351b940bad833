// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "vm/enums.h"

#include <bit>
#include <charconv>

#include "term/change.h"
#include "term/print.h"
#include "vm/operators.h"
#include "vm/text.h"

namespace pyvm::vm {

namespace {

const ClassTable* table_of(Term member) { return is_box(member, BoxKind::EnumMember) ? class_of(nullptr, member) : nullptr; }

Term members_by_value(const ClassTable& table) { return element(table.type, 3); }

bool is_single_bit(Term value) { return value.is_small() && std::has_single_bit(static_cast<Word>(value.unchecked_small())); }

/// All bits that members have.
std::int64_t mask_of(const ClassTable& table) {
  std::int64_t mask = 0;
  for (const auto& [name, value] : table.values) {
    if (value.is_small() && value.unchecked_small() > 0) mask |= value.unchecked_small();
  }
  return mask;
}

/// The member of a flag with that value: one with a name, or a combination, whose name is its value.
Term flag_of(Context& context, const ClassTable& table, std::int64_t value) {
  const Term known = dict_get(members_by_value(table), Term::small(value));
  if (!known.is_nothing()) return known;
  const Term module = element(table.type, 0), name = element(table.type, 1);
  return context.heap.make_enum_member(string_view_of(module), string_view_of(name), std::to_string(value));
}

/// The bits of a flag of that class, or of an int of any type beside a member of an IntFlag.
std::optional<std::int64_t> bits_of(const ClassTable& table, Term term) {
  const bool is_member = table_of(term) == &table;
  const Term value = is_member ? enum_value(term) : plain_value(term);
  if (table.is_mixed && value.is_bool()) return value.is_true() ? 1 : 0;
  if (!value.is_small() || (!is_member && !table.is_mixed)) return {};
  return value.unchecked_small();
}

}  // namespace

Term enum_value(Term member) {
  const ClassTable* table = table_of(member);
  if (table == nullptr) return Term();
  const Term name_term = element(member, 2);
  const std::string_view name = string_view_of(name_term);
  const auto found = table->values.find(std::string(name));
  if (found != table->values.end()) return found->second;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), value);
  return table->is_flag && error == std::errc() && end == name.data() + name.size() ? Term::small(value) : Term();
}

namespace {

/// The members that an iteration gives.
std::vector<Term> members_of(const ClassTable& table) {
  const Term members = members_by_value(table);
  std::vector<Term> found;
  for (Word i = 0; i < arity_of(members); ++i) {
    if (!table.is_flag || is_single_bit(dict_key(members, i))) found.push_back(dict_value(members, i));
  }
  return found;
}

/// The members with one bit that have a bit of `bits`.
std::vector<Term> members_with(const ClassTable& table, std::int64_t bits) {
  std::vector<Term> found = members_of(table);
  std::erase_if(found, [&](Term one) { return (enum_value(one).unchecked_small() & bits) == 0; });
  return found;
}

/// Nothing for a combination without members. Bits that no member has, as an IntFlag may have, are named by their number.
std::optional<std::string> name_of(Term member) {
  const ClassTable* table = table_of(member);
  const Term name_term = element(member, 2);
  const std::string name(string_view_of(name_term));
  if (table == nullptr || !table->is_flag || table->values.contains(name)) return name;
  const Term value = enum_value(member);
  if (!value.is_small()) return {};
  const std::int64_t bits = value.unchecked_small(), others = bits & ~mask_of(*table);
  std::string joined;
  for (const Term one : members_with(*table, bits)) {
    const Term part = element(one, 2);
    joined += (joined.empty() ? "" : "|") + std::string(string_view_of(part));
  }
  if (joined.empty()) return {};
  return others == 0 ? joined : joined + "|" + std::to_string(others);
}

}  // namespace

Term enum_name(Context& context, Term member) {
  const auto name = name_of(member);
  return name ? context.heap.make_string(*name) : Term::none();
}

Term flag_members(Context& context, Term flag) {
  const Term value = enum_value(flag);
  return context.heap.make_tuple(value.is_small() ? members_with(*table_of(flag), value.unchecked_small()) : std::vector<Term>());
}

Term enum_members(Context& context, Term type) {
  const ClassTable* table = class_of(nullptr, type);
  return context.heap.make_tuple(table == nullptr ? std::vector<Term>() : members_of(*table));
}

bool is_truthy_member(Term member) {
  const ClassTable* table = table_of(member);
  return table == nullptr || !(table->is_mixed || table->is_flag) || is_truthy(enum_value(member));
}

std::string enum_repr(Term member) {
  const Term value = enum_value(member), cls = element(member, 1);
  if (value.is_nothing()) return "";
  const std::string_view dotted = string_view_of(cls);
  const auto name = name_of(member);
  return "<" + std::string(dotted.substr(dotted.rfind('.') + 1)) + (name ? "." + *name : "") + ": " + print(value) + ">";
}

Term plain_value(Term term) {
  const ClassTable* table = table_of(term);
  if (table == nullptr || !table->is_mixed) return term;
  const Term value = enum_value(term);
  return value.is_nothing() ? term : value;
}

Term combine_flags(Context& context, Opcode op, Term left, Term right) {
  // The class of the right operand decides only where it is one of the left's: an IntFlag beside an int, not beside a bool.
  const bool right_decides = left.is_small() || is_flag(left);
  const ClassTable* table = is_flag(left) ? table_of(left) : is_flag(right) && right_decides ? table_of(right) : nullptr;
  if (table == nullptr) return Term();
  const auto one = bits_of(*table, left), other = bits_of(*table, right);
  if (!one || !other) return Term();
  if (op == Opcode::BitAnd) return flag_of(context, *table, *one & *other);
  if (op == Opcode::BitOr) return flag_of(context, *table, *one | *other);
  return op == Opcode::BitXor ? flag_of(context, *table, *one ^ *other) : Term();
}

Term flag_of_value(Context& context, Term type, Term value) {
  const ClassTable* table = class_of(nullptr, type);
  if (table == nullptr || !table->is_flag || !value.is_small()) return Term();
  const std::int64_t bits = value.unchecked_small();
  const bool is_known = (bits & ~mask_of(*table)) == 0;
  return bits < 0 || !(is_known || table->is_mixed) ? Term() : flag_of(context, *table, bits);
}

Term invert_flag(Context& context, Term member) {
  if (!is_flag(member)) return Term();
  const ClassTable* table = table_of(member);
  const auto bits = bits_of(*table, member);
  return bits ? flag_of(context, *table, mask_of(*table) & ~*bits) : Term();
}

bool is_flag(Term term) {
  const ClassTable* table = table_of(term);
  return table != nullptr && table->is_flag;
}

}  // namespace pyvm::vm
