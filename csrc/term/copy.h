// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Copy: a deep copy that keeps sharing. A box reachable by two ways in the source is one box in the copy, so a DAG costs what
// it has nodes, not paths. Literals and off-heap bytes are shared, but of literals that are or hold lists, dicts or sets (kConstant)
// the copy has its own. Depth is bounded by memory.
//
// A copy is compact: it has no room, no holes and no forwards. What stays in its process (boxed.h) cannot be copied, and of what holds
// itself the copy would too: who copies what a process has changed asks refused() first, and find_unsendable() (sendable.h) where it is.
//
// The source's headers are overwritten while a copy or a count of words runs, and restored at its end, so the caller must be the
// only thread that reads the source: the process that owns it. One copy at a time on a thread.
#pragma once

#include <memory>

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
  /// In one piece of words() words. Not when refused() says Local.
  Term build(TermBuilder& builder) const;

  enum class Refusal : std::uint8_t { None, Local, Cycle };
  /// Whether this cannot be a message. Costs one more look at its words, and more where boxes hold such as were met before them.
  Refusal refused() const;

  struct Met {
    Word* box;
    Word header;
    Word words;
  };

 private:
  static constexpr std::size_t kOnStack = 128;
  static constexpr unsigned kOffsetShift = 3;
  static constexpr Word kNoOffset = ~Word{0};

  struct Unusual;

  void walk_unusual(Met* end, std::ptrdiff_t scanned);
  Word* find_unusual(Word* box);
  Term build_unusual(Word* begin, TermBuilder& builder) const;
  Word offset_of(Term child) const;
  bool has_backward_edge() const;
  bool has_cycle() const;

  const Term root_;
  Word words_ = 0;
  std::unique_ptr<Unusual> unusual_;  // made when a box is not copied as it is
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
