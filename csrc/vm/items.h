// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Items: what operators and methods share about the items of containers. Terms are resolved (change.h) where they come in.
#pragma once

#include <vector>

#include "vm/context.h"
#include "vm/module.h"

namespace pyvm::vm {

/// The keys of a dict, the members of a set, in order, without holes.
std::vector<Term> entries_of(Term container);
/// left | right of two dicts.
Term merged(Context& context, Term left, Term right);

/// A dict of the entries whose keys are not in the tuple `keys`.
Term without_keys(Context& context, Term dict, Term keys);
/// Puts in what a sequence of pairs has.
bool update_with_pairs(Context& context, Term dict, Term pairs);

Term raise_key_error(Context& context, Term key);
/// Raises TypeError for a literal: what a module holds is not changed (heap.md).
bool check_changeable(Context& context, Term container);
/// The key that finds an entry of a dict: a member of an IntEnum or StrEnum that is none itself finds that of its value.
Term known_key(Term dict, Term key);
/// The same of a set. Nothing with TypeError if it can be no member; a set is looked for as a frozenset, as in CPython.
Term known_member(Context& context, Term set, Term member);
/// An index of a sequence of `size`, from the end if negative: false with IndexError or TypeError.
bool read_index(Context& context, Term key, std::size_t size, std::string_view type, std::size_t* index);

/// A box of that kind, Range or Slice, of what it is given.
Term make_bounds(Context& context, BoxKind kind, Term start, Term stop, Term step);
/// The three terms of a Slice, as get_slice (operators.h) takes them.
inline const Term* bounds_of(const Term& slice) { return reinterpret_cast<const Term*>(slice.boxed() + 1); }
/// slice.indices(length)
Term slice_indices(Context& context, Term slice, Term length);

Term make_range(Context& context, Term start, Term stop, Term step);
bool range_has(Context& context, Term range, Term item);
Term range_item(Context& context, Term range, Term index);
Term range_slice(Context& context, Term range, const Term* bounds);
/// Where a number that the range has stands in it.
Term range_index(Context& context, Term range, Term item);
std::int64_t range_size(Term range);

/// An Iterator box; of one, itself.
Term make_iterator(Context& context, Term source);
/// A loop over what can be iterated over: for (Term value; iteration.next(&value);) ..., then raised().
class Iteration {
 public:
  Iteration(Context& context, Term source);
  bool next(Term* value);
  /// It ended by an exception.
  bool raised() const { return raised_; }

 private:
  Context& context_;
  Term state_[3];
  bool raised_;
};

/// All that iterating over `source` gives. False: it is not iterable, or was changed meanwhile.
PYVM_EXPORT bool collect_items(Context& context, Term source, std::vector<Term>& items);

}  // namespace pyvm::vm
