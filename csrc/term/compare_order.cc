// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "term/atom_table.h"
#include "term/compare_atomic.h"

namespace pyvm::compare_detail {

namespace {

template <typename T>
Verdict three_way(const T& left, const T& right) {
  return left < right ? -1 : right < left ? 1 : 0;
}

/// The kinds in their order (compare.h). A record class is met only by others of its kind.
enum class Rank : std::uint8_t {
  Number,
  None,
  Timeout,
  Atom,
  Ref,
  Function,
  EnumMember,
  Pid,
  Tuple,
  Record,
  Dict,
  Set,
  Exception,
  List,
  String,
  Binary,
  Opaque,
  RecordClass,
  Local,
};

Rank rank(Term term) {
  if (is_number(term)) return Rank::Number;
  if (!term.is_boxed()) {
    if (term.is_none()) return Rank::None;
    if (term.is_timeout()) return Rank::Timeout;
    if (term.is_atom()) return Rank::Atom;
    if (term.is_pid()) return Rank::Pid;
    return term.is_short_string() ? Rank::String : Rank::RecordClass;
  }
  switch (header_kind(header_of(term))) {
    case BoxKind::Ref:
      return Rank::Ref;
    case BoxKind::Function:
      return Rank::Function;
    case BoxKind::EnumMember:
      return Rank::EnumMember;
    case BoxKind::Tuple:
      return Rank::Tuple;
    case BoxKind::Record:
      return Rank::Record;
    case BoxKind::Dict:
      return Rank::Dict;
    case BoxKind::Set:
    case BoxKind::FrozenSet:
      return Rank::Set;
    case BoxKind::Exception:
      return Rank::Exception;
    case BoxKind::List:
      return Rank::List;
    case BoxKind::String:
      return Rank::String;
    case BoxKind::Binary:
    case BoxKind::SharedBinary:
      return Rank::Binary;
    case BoxKind::Opaque:
      return Rank::Opaque;
    default:
      return Rank::Local;
  }
}

Verdict order_bytes(std::span<const std::byte> left, std::span<const std::byte> right) {
  const std::size_t common = std::min(left.size(), right.size());
  const int start = common == 0 ? 0 : std::memcmp(left.data(), right.data(), common);
  return start != 0 ? three_way(start, 0) : three_way(left.size(), right.size());
}

/// By what a reader sees first; classes that agree in all of it are the same class.
Verdict order_classes(const RecordClass& left, const RecordClass& right) {
  if (const Verdict by_name = three_way(left.qualified_name, right.qualified_name)) return by_name;
  if (const Verdict by_module = three_way(left.module, right.module)) return by_module;
  return three_way(left.fields, right.fields);
}

}  // namespace

Verdict decide_order(Term left_or_forward, Term right_or_forward) {
  const Term left = resolve(left_or_forward);
  const Term right = resolve(right_or_forward);
  if (left == right) return kEqual;
  const Rank left_rank = rank(left);
  if (const Verdict by_rank = three_way(left_rank, rank(right))) return by_rank;
  switch (left_rank) {
    case Rank::Number:
      return compare_numbers(left, right);
    case Rank::Atom:
      return three_way(atom_text(left), atom_text(right));
    case Rank::Ref:
      return three_way(left.boxed()[1], right.boxed()[1]);
    case Rank::Pid:
      return three_way(left.unchecked_pid(), right.unchecked_pid());
    case Rank::String:  // UTF-8 sorts by code point
      return three_way(string_view_of(left), string_view_of(right));
    case Rank::Binary:
      return order_bytes(binary_bytes(left), binary_bytes(right));
    case Rank::Opaque:
      return three_way(left.boxed()[3], right.boxed()[3]);
    case Rank::RecordClass:
      return order_classes(record_class(left), record_class(right));
    case Rank::Local:
      if (const Verdict by_kind = three_way(header_kind(header_of(left)), header_kind(header_of(right)))) return by_kind;
      return header_kind(header_of(left)) == BoxKind::Slice ? kDescend : local_detail::order_local(left, right);
    case Rank::Tuple:
    case Rank::Dict:
    case Rank::Set:
      if (const Verdict by_size = three_way(live_entries(left.boxed()), live_entries(right.boxed()))) return by_size;
      return kDescend;
    default:
      return kDescend;
  }
}

}  // namespace pyvm::compare_detail
