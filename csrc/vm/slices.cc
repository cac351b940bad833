// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Slices: x[i:j:k], its assignment and deletion, and slice(i, j, k) as a value: a box of three terms that stays in its process.
#include <algorithm>

#include "term/change.h"
#include "vm/enums.h"
#include "vm/items.h"
#include "vm/numbers.h"
#include "vm/operators.h"
#include "vm/text.h"

namespace pyvm::vm {

namespace {

bool no_slice(Context& context, Term container, const char* what) {
  const bool is_dict = is_box(container, BoxKind::Dict);
  context.raise("TypeError", is_dict ? "unhashable type: 'slice'" : "'" + type_name(container) + "' object " + what);
  return false;
}

/// The slice of a container, or nothing with an error.
std::optional<Slice> slice_of(Context& context, const Term* bounds, std::size_t size) {
  return resolve_slice(context, bounds[0], bounds[1], bounds[2], size);
}

Term take_slice(Context& context, Term sequence, const Slice& slice) {
  const std::span<const Term> items = list_items(sequence);
  Term* slots = nullptr;
  const Term made = context.heap.make_container(is_box(sequence, BoxKind::List) ? BoxKind::List : BoxKind::Tuple,
                                                static_cast<Word>(slice.count), &slots);
  for (std::int64_t i = 0; i < slice.count; ++i) slots[i] = items[static_cast<std::size_t>(slice.start + i * slice.step)];
  context.charge(static_cast<std::size_t>(slice.count));
  return made;
}

/// A bound of a slice as it is used: counted from the end if it is negative, and between `low` and `high`.
Term placed(Context& context, Term bound, Term length, Term low, Term high, Term otherwise) {
  if (bound.is_none()) return otherwise;
  if (compare_numbers(bound, Term::small(0)) < 0) bound = operate(context, Opcode::Add, bound, length);
  return compare_numbers(bound, low) < 0 ? low : compare_numbers(bound, high) > 0 ? high : bound;
}

}  // namespace

Term make_bounds(Context& context, BoxKind kind, Term start, Term stop, Term step) {
  Word* box = context.heap.allocate(4);
  box[0] = make_header(kind, 3);
  box[1] = start.bits();
  box[2] = stop.bits();
  box[3] = step.bits();
  return Term::boxed(box);
}

Term get_slice(Context& context, Term container, const Term* bounds) {
  container = resolve(container);
  if (is_string(plain_value(container))) container = plain_value(container);
  if (is_string(container)) return string_slice(context, container, bounds[0], bounds[1], bounds[2]);
  if (is_binary(container)) return bytes_slice(context, container, bounds[0], bounds[1], bounds[2]);
  if (is_box(container, BoxKind::Range)) return range_slice(context, container, bounds);
  if (!is_list_or_tuple(container)) {
    if (is_box(container, BoxKind::Dict) || is_enum_class(container))
      return context.raise("TypeError", "unhashable type: 'slice'");
    return context.raise("TypeError", "'" + type_name(container) + "' object is not subscriptable");
  }
  const std::optional<Slice> slice = slice_of(context, bounds, size_of(container));
  return slice ? take_slice(context, container, *slice) : Term();
}

bool set_slice(Context& context, Term container, const Term* bounds, Term value) {
  container = resolve(container);
  if (!is_box(container, BoxKind::List)) return no_slice(context, container, "does not support item assignment");
  if (!check_changeable(context, container)) return false;
  const std::optional<Slice> slice = slice_of(context, bounds, size_of(container));
  if (!slice) return false;
  std::vector<Term> items;
  if (!collect_items(context, value, items)) {
    context.raise("TypeError", slice->step == 1 ? "can only assign an iterable" : "must assign iterable to extended slice");
    return false;
  }
  context.charge(size_of(container) + items.size());
  if (slice->step == 1) {
    const auto start = static_cast<std::size_t>(slice->start);
    list_replace(container, start, start + static_cast<std::size_t>(slice->count), items, context.heap);
    return true;
  }
  if (items.size() != static_cast<std::size_t>(slice->count)) {
    context.raise("ValueError", "attempt to assign sequence of size " + std::to_string(items.size()) +
                                    " to extended slice of size " + std::to_string(slice->count));
    return false;
  }
  for (std::int64_t i = 0; i < slice->count; ++i)
    list_set(container, static_cast<std::size_t>(slice->start + i * slice->step), items[static_cast<std::size_t>(i)],
             context.heap);
  return true;
}

bool delete_slice(Context& context, Term container, const Term* bounds) {
  container = resolve(container);
  if (!is_box(container, BoxKind::List)) return no_slice(context, container, "does not support item deletion");
  if (!check_changeable(context, container)) return false;
  const std::optional<Slice> slice = slice_of(context, bounds, size_of(container));
  if (!slice) return false;
  context.charge(size_of(container));
  if (slice->step == 1) {
    const auto start = static_cast<std::size_t>(slice->start);
    list_replace(container, start, start + static_cast<std::size_t>(slice->count), {}, context.heap);
    return true;
  }
  std::vector<bool> gone(size_of(container));
  for (std::int64_t i = 0; i < slice->count; ++i) gone[static_cast<std::size_t>(slice->start + i * slice->step)] = true;
  std::vector<Term> left;
  const std::span<const Term> items = list_items(container);
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!gone[i]) left.push_back(items[i]);
  }
  list_replace(container, 0, items.size(), left, context.heap);
  return true;
}

Term slice_indices(Context& context, Term slice, Term length) {
  length = plain_value(resolve(length));
  if (length.is_bool()) length = Term::small(length.is_true());
  if (!is_int(length))
    return context.raise("TypeError", "'" + type_name(length) + "' object cannot be interpreted as an integer");
  if (compare_numbers(length, Term::small(0)) < 0) return context.raise("ValueError", "length should not be negative");
  Term bounds[3];
  for (const int part : {2, 0, 1}) {
    const Term given = plain_value(resolve(bounds_of(slice)[part]));
    bounds[part] = given.is_bool() ? Term::small(given.is_true()) : given;
    if (!given.is_none() && !is_int(given))
      return context.raise("TypeError", "slice indices must be integers or None or have an __index__ method");
    if (part == 2 && !given.is_none() && compare_numbers(given, Term::small(0)) == 0)
      return context.raise("ValueError", "slice step cannot be zero");
  }
  const Term step = bounds[2].is_none() ? Term::small(1) : bounds[2];
  const bool back = compare_numbers(step, Term::small(0)) < 0;
  const Term low = Term::small(back ? -1 : 0);
  const Term high = back ? operate(context, Opcode::Subtract, length, Term::small(1)) : length;
  const Term start = placed(context, bounds[0], length, low, high, back ? high : low);
  const Term stop = placed(context, bounds[1], length, low, high, back ? low : high);
  return context.heap.tuple(start, stop, step);
}

}  // namespace pyvm::vm
