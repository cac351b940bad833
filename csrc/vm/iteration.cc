// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Iteration: over every kind of value that can be iterated over, its state in three registers or in an Iterator box.
//
//   range of small ints   step, next, end
//   list, tuple, Range    the container, the position, -
//   str, bytes            the text, the position in bytes, -
//   dict, set             the container, the position among its entries, its size at the beginning
//   an iterator           the Iterator box, -, -
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

constexpr std::size_t kMostItems = std::size_t{1} << 27;  // of what is collected at once

bool is_range(Term term) { return is_box(term, BoxKind::Range); }
bool is_iterator(Term term) { return is_box(term, BoxKind::Iterator); }

Answer next_entry(Context& context, Term* state, Term* value) {
  const Term container = resolve(state[0]);
  if (static_cast<Word>(state[2].unchecked_small()) != size_of(container)) {
    const bool is_dict_box = is_box(container, BoxKind::Dict);
    context.raise("RuntimeError", is_dict_box ? "dictionary changed size during iteration" : "Set changed size during iteration");
    return Answer::Raised;
  }
  const Word entry = next_entry(container, static_cast<Word>(state[1].unchecked_small()));
  if (entry == kNoEntry) return Answer::No;
  *value = entry_key(container, entry);
  state[1] = Term::small(static_cast<std::int64_t>(entry + 1));
  return Answer::Yes;
}

Answer next_of_text(Term* state, Term* value) {
  auto at = static_cast<std::size_t>(state[1].unchecked_small());
  if (is_binary(state[0])) {
    const std::string_view bytes = bytes_view(state[0]);
    if (at >= bytes.size()) return Answer::No;
    *value = Term::small(static_cast<unsigned char>(bytes[at++]));
  } else {
    const Term character = next_character(state[0], at);
    if (character.is_nothing()) return Answer::No;
    *value = character;
  }
  state[1] = Term::small(static_cast<std::int64_t>(at));
  return Answer::Yes;
}

Answer next_of_iterator(Context& context, Term iterator, Term* value) {
  // kind, source, position, size: the last three are a state.
  auto* state = reinterpret_cast<Term*>(const_cast<Word*>(iterator.boxed()) + 2);
  if (state[0].is_none()) return Answer::No;  // it has ended before
  const Answer found = next(context, state, value);
  if (found == Answer::No) state[0] = Term::none();
  return found;
}

}  // namespace

bool iterate(Context& context, Term source, Term* state) {
  source = resolve(source);
  const Term given = source;
  if (is_enum_class(source)) source = enum_members(context, source);
  if (is_box(source, BoxKind::EnumMember)) source = is_flag(source) ? flag_members(context, source) : plain_value(source);
  state[1] = Term::small(0);
  state[2] = Term::small(0);
  state[0] = source;
  if (is_range(source)) {
    const Term start = element(source, 0), stop = element(source, 1), step = element(source, 2);
    if (start.is_small() && stop.is_small() && step.is_small()) {
      state[0] = step;
      state[1] = start;
      state[2] = stop;
    }
    return true;
  }
  if (is_box(source, BoxKind::Dict) || is_set(source)) {
    state[2] = Term::small(static_cast<std::int64_t>(size_of(source)));
    return true;
  }
  if (is_list_or_tuple(source) || is_string(source) || is_binary(source) || is_iterator(source)) return true;
  context.raise("TypeError", "'" + type_name(given) + "' object is not iterable");
  return false;
}

bool iterate_range(Context& context, const Term* bounds, Term* state) {
  const Term start = bounds[0], stop = bounds[1], step = bounds[2];
  if (start.is_small() && stop.is_small() && step.is_small() && step != Term::small(0)) [[likely]] {
    state[0] = step;
    state[1] = start;
    state[2] = stop;
    return true;
  }
  const Term range = make_range(context, start, stop, step);
  return !range.is_nothing() && iterate(context, range, state);
}

Answer next(Context& context, Term* state, Term* value) {
  if (state[0].is_small()) {
    const std::int64_t at = state[1].unchecked_small(), step = state[0].unchecked_small(), end = state[2].unchecked_small();
    if (step > 0 ? at >= end : at <= end) return Answer::No;
    *value = state[1];
    state[1] = Term::small(Term::fits_small(at + step) ? at + step : end);
    return Answer::Yes;
  }
  const Term source = resolve(state[0]);
  if (is_list_or_tuple(source)) {
    const auto position = static_cast<Word>(state[1].unchecked_small());
    if (position >= arity_of(source)) return Answer::No;
    *value = element(source, position);
    state[1] = Term::small(static_cast<std::int64_t>(position + 1));
    return Answer::Yes;
  }
  if (is_string(source) || is_binary(source)) return next_of_text(state, value);
  if (is_iterator(source)) return next_of_iterator(context, source, value);
  if (is_range(source)) {
    const Term position = state[1];
    if (position.unchecked_small() >= range_size(source)) return Answer::No;
    state[1] = Term::small(position.unchecked_small() + 1);
    *value = range_item(context, source, position);
    return Answer::Yes;
  }
  return next_entry(context, state, value);
}

Iteration::Iteration(Context& context, Term source) : context_(context), raised_(!iterate(context, source, state_)) {}

bool Iteration::next(Term* value) {
  if (raised_) return false;
  context_.charge(1);
  const Answer found = vm::next(context_, state_, value);
  raised_ = found == Answer::Raised;
  return found == Answer::Yes;
}

bool collect_items(Context& context, Term source, std::vector<Term>& items) {
  source = resolve(source);
  if (source.is_boxed() && is_list_or_tuple(source)) {
    const std::span<const Term> all = list_items(source);
    items.assign(all.begin(), all.end());
    context.charge(all.size());
    return true;
  }
  Iteration iteration(context, source);
  for (Term value; iteration.next(&value);) {
    if (items.size() == kMostItems) {
      context.raise("MemoryError", "");
      return false;
    }
    items.push_back(value);
  }
  return !iteration.raised();
}

Term make_iterator(Context& context, Term source) {
  source = resolve(source);
  if (is_iterator(source)) return source;
  Term state[3];
  if (!iterate(context, source, state)) return Term();
  Word* box = context.heap.allocate(5);
  box[0] = make_header(BoxKind::Iterator, 4);
  box[1] = Term::small(0).bits();
  for (int i = 0; i < 3; ++i) box[2 + i] = state[i].bits();
  return Term::boxed(box);
}

}  // namespace pyvm::vm
