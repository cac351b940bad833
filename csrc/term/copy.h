// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Copy: a deep copy that keeps sharing. A box reachable by two ways in the source is one box in the copy, so a DAG costs what
// it has nodes, not paths. Literals and off-heap bytes are shared. Depth is bounded by memory.
//
// The source's headers are overwritten while a copy or a count of words runs, and restored at its end, so the caller must be the
// only thread that reads the source: the process that owns it. One copy at a time on a thread.
#pragma once

#include "term/term_builder.h"

namespace pyvm {

/// A copy in two steps, for who needs to know its size before there is memory for it. The source's headers are gone as long as it lives.
class PYVM_EXPORT Copy {
 public:
  explicit Copy(Term root);
  ~Copy();
  Copy(const Copy&) = delete;

  /// Shared boxes once, literals not at all.
  Word words() const { return words_; }
  /// In one piece of words() words.
  Term build(TermBuilder& builder) const;

  struct Met {
    Word* box;
    Word header;
    Word words;
  };

 private:
  static constexpr std::size_t kOnStack = 128;
  static constexpr unsigned kOffsetShift = 3;

  const Term root_;
  Word words_ = 0;
  Met* first_ = nullptr;
  Met* top_ = nullptr;
  Met on_stack_[kOnStack];
};

/// No box below this one.
PYVM_EXPORT bool is_flat(Term boxed);

/// Words that copy() will allocate for `term`.
PYVM_EXPORT Word exact_words(Term term);

PYVM_EXPORT Term copy_boxed(Term term, TermBuilder& builder);

inline Term copy(Term term, TermBuilder& builder) { return term.is_boxed() ? copy_boxed(term, builder) : term; }

}  // namespace pyvm
