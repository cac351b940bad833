// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Hash: terms that are equal() have the same hash; so do terms that compare() as equivalent, NaNs included. And what stands on
// it: finding the entries of dicts and sets.
//
// Hashes differ from run to run (keys from outside cannot be chosen to collide) and never leave the process. Do not hash while
// static objects are being made: the seed is one of them. Depth is bounded by memory, and a DAG costs its nodes, not its paths.
#pragma once

#include <unordered_map>

#include "term/boxed.h"

namespace pyvm {

PYVM_EXPORT std::uint64_t hash(Term term);

/// Where `key` stands in a dict: its value, or nothing. Constant time when the dict has an index.
PYVM_EXPORT Term dict_get(Term dict, Term key);
/// Whether `member` is in a set or frozenset.
PYVM_EXPORT bool set_has(Term set, Term member);

/// Makes a dict or set whose entries are filled in ready for use, in place: the value of a later equal key goes to the first
/// (as in Python), the header tells what is left, and the index is written. The box has the words of its first arity.
PYVM_EXPORT void seal_entries(Word* box);

/// Hashes several terms that share boxes and hashes each container among them once.
class HashMemo {
 public:
  std::uint64_t hash(Term term);

 private:
  std::unordered_map<const Word*, std::uint64_t> known_;
};

}  // namespace pyvm
