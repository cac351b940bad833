// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// range: three integers, of any size; its length must fit a small one.
#include <algorithm>

#include "term/change.h"
#include "term/compare.h"
#include "vm/enums.h"
#include "vm/items.h"
#include "vm/numbers.h"
#include "vm/operators.h"
#include "vm/text.h"

namespace pyvm::vm {

namespace {

bool is_index(Context& context, Term term) {
  if (is_int(plain_value(term))) return true;
  context.raise("TypeError", "'" + type_name(term) + "' object cannot be interpreted as an integer");
  return false;
}

/// What stands there, or would: it may be behind the end.
Term item_at(Context& context, Term range, std::int64_t position) {
  const Term offset = operate(context, Opcode::Multiply, element(range, 2), Term::small(position));
  return operate(context, Opcode::Add, element(range, 0), offset);
}

}  // namespace

Term make_range(Context& context, Term start, Term stop, Term step) {
  for (Term* bound : {&start, &stop, &step}) {
    if (!is_index(context, *bound)) return Term();
    *bound = plain_value(*bound);
    if (bound->is_bool()) *bound = Term::small(bound->is_true());
  }
  if (step == Term::small(0)) return context.raise("ValueError", "range() arg 3 must not be zero");
  return make_bounds(context, BoxKind::Range, start, stop, step);
}

std::int64_t range_size(Term range) {
  const Term bounds[] = {element(range, 0), element(range, 1), element(range, 2)};
  const bool are_small = std::ranges::all_of(bounds, [](Term bound) { return bound.is_small(); });
  if (!are_small) return count_between(bounds[0], bounds[1], bounds[2]);
  const std::int64_t start = bounds[0].unchecked_small(), stop = bounds[1].unchecked_small(), step = bounds[2].unchecked_small();
  if (step > 0 ? start >= stop : start <= stop) return 0;
  const __int128 distance = step > 0 ? static_cast<__int128>(stop) - start : static_cast<__int128>(start) - stop;
  const __int128 size = (distance - 1) / (step > 0 ? step : -static_cast<__int128>(step)) + 1;
  return static_cast<std::int64_t>(std::min<__int128>(size, Term::kSmallMax));
}

Term range_item(Context& context, Term range, Term index) {
  std::size_t position = 0;
  if (!read_index(context, index, static_cast<std::size_t>(range_size(range)), "range", &position)) {
    if (is_int(plain_value(index))) context.raise("IndexError", "range object index out of range");
    return Term();
  }
  return item_at(context, range, static_cast<std::int64_t>(position));
}

Term range_slice(Context& context, Term range, const Term* bounds) {
  const auto slice = resolve_slice(context, bounds[0], bounds[1], bounds[2], static_cast<std::size_t>(range_size(range)));
  if (!slice) return Term();
  const Term step = operate(context, Opcode::Multiply, element(range, 2), context.heap.make_int(slice->step));
  return make_range(context, item_at(context, range, slice->start), item_at(context, range, slice->stop), step);
}

Term range_index(Context& context, Term range, Term item) {
  const Term distance = operate(context, Opcode::Subtract, item, element(range, 0));
  const Term position = operate(context, Opcode::FloorDivide, distance, element(range, 2));
  return is_float(position) ? Term::small(static_cast<std::int64_t>(float_value(position))) : position;
}

bool range_has(Context& context, Term range, Term item) {
  if (!is_number(item)) return false;
  const std::int64_t size = range_size(range);
  if (size == 0) return false;
  const Term distance = operate(context, Opcode::Subtract, item, element(range, 0));
  const Term rest = operate(context, Opcode::Modulo, distance, element(range, 2));
  if (rest.is_nothing() || !equal(rest, Term::small(0))) return false;
  const Term position = operate(context, Opcode::FloorDivide, distance, element(range, 2));
  const bool from_begin = compare_numbers(position, Term::small(0)) >= 0;
  return from_begin && compare_numbers(position, Term::small(size)) < 0;
}

}  // namespace pyvm::vm
