// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Patterns: what a `match` accepts, compiled once and run over terms. One program is an ordered list of cases.
//
//   compile_patterns(ir)    the program, or what is wrong with the IR and where
//   run_patterns(...)       the first case from `first_case` on that accepts a subject; allocates only what it captures
//   quick_reject(...)       true: no case can accept the subject. Inline, for loops over a mailbox; run_patterns starts with it
//
// IR: a tuple or list of cases. A case is a pattern, a tuple with the name of its operation first (lists may stand for tuples):
//
//   ("_",)                                 anything
//   ("bind", slot, pattern)                what the pattern accepts, captured
//   ("=", literal)   ("param", i)          Python's == (compare.h) with a constant; with params[i]
//   ("ref", i)                             the same where params[i] is a reference, anything where it is nothing
//   ("is", None | True | False)            identity
//   ("timeout",)                           TIMEOUT, the subject of a receive that waited long enough
//   ("seq", [before], star, [after])       tuples and lists. star: None exact length, -1 any middle, slot: the middle as a list
//   ("map", [(key, pattern)], rest)        dicts; other keys are ignored. rest: None, or slot: a dict of the others, in order
//   ("or", [patterns])                     the first that accepts; every alternative binds the same slots
//   ("type", name, pattern | None)         isinstance of a built-in: int (bools too) float bool str bytes tuple list dict set
//                                          frozenset Atom Pid Ref Alias Function; the sub-pattern is for the subject itself
//   ("record", module, qualname, [(field, pattern)])      frozen dataclass of exactly that class
//   ("enum", module, qualname, member)   ("exc", module, qualname)
//   ("python", slot)                       only Python can tell: the verdict becomes Ask, the subject is captured. In an "or" it
//                                          may stand in the last alternative only, so that refusing it refuses the case
//
// P1  A program never changes after compile_patterns and is run by any number of threads at once (its class caches are atomic
//     words that any thread may overwrite).
// P2  quick_reject is conservative: it never rejects what a case accepts.
// P3  Captured terms are parts of the subject, or lists and dicts in `scratch` made of parts of the subject; none points into
//     the program.
// P4  What the filter has made sure of is not tested again: a case is run only if candidates(subject) has it.
// P5  Nothing recurses at run time; at compile time the nesting of patterns is at most kMaxPatternDepth.
// P6  A subject may have forwards, room and holes (boxed.h) anywhere in it: a forward is followed where a test of a kind has failed.
// Design: docs/design/matching.md.
#pragma once

#include <algorithm>
#include <bit>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "term/boxed.h"
#include "term/term_builder.h"

namespace pyvm {

inline constexpr int kMaxPatternDepth = 64;
inline constexpr int kMaxPatternSlots = 4096;

struct PatternError {
  std::string message;  // "case 1 / seq[0] / bind: ..."
};

/// What the cases of one program have in common, as tables: a set of cases in a word, bit 63 standing for all from 63 on.
class PatternFilter {
 public:
  /// The cases that may accept `subject`; those left out do not (P2).
  [[gnu::always_inline]] Word candidates(Term subject) const {
    if (required_header_ != 0) {
      if (!has_required(subject)) return 0;
      if (required_is_all_) return all_;
    }
    return look_up(subject);
  }

  PatternFilter(const PatternFilter&) = delete;
  PatternFilter& operator=(const PatternFilter&) = delete;

 private:
  friend class PatternProgram;
  friend class FilterBuilder;
  PatternFilter() = default;

  static constexpr Word kArities = 16;  // the last one: that many elements or more
  static constexpr std::size_t kMaxPositions = 2;
  static constexpr std::size_t kMaxRequired = 3;

  static bool is_sequence(Word header) {
    static_assert(make_header(BoxKind::List, 0) == make_header(BoxKind::Tuple, 0) + 8);
    return (((header & 0xff) - make_header(BoxKind::Tuple, 0)) & ~Word{8}) == 0;
  }
  /// What every case wants, when all are sequences of one size: that size, and immediates in some places. Else the header is 0.
  bool has_required(Term subject) const {
    if (!subject.is_boxed()) return false;
    const Word* box = subject.boxed();
    if ((((box[0] & ~Word{0xff00}) - required_header_) & ~Word{8}) != 0) {
      return header_kind(box[0]) == BoxKind::Forward && has_required_behind(subject);
    }
    for (const RequiredWord* required = required_; required != required_end_; ++required) {
      const Word word = box[1 + required->index];
      if (word == required->words[0] || word == required->words[1] || word == required->words[2]) continue;
      if (required->no_box || !Term::from_bits(word).is_boxed()) return false;
    }
    return true;
  }

  [[gnu::always_inline]] Word look_up(Term subject) const {
    if (!subject.is_boxed()) return root_.find(subject);
    const Word* box = subject.boxed();
    const Word header = box[0];
    if (!is_sequence(header)) {
      if (header_kind(header) == BoxKind::Forward) return look_up_behind(subject);
      return header_kind(header) == BoxKind::String ? root_.find(subject) : kinds_[(header >> 3) & 31];
    }
    const Word arity = header_arity(header);
    Word found = arities_[std::min(arity, kArities - 1)];
    for (const Position* position = positions_; found != 0 && position != positions_end_; ++position) {
      if (position->outer < arity) found &= position->find(Term::from_bits(box[1 + position->outer]));
    }
    return found;
  }

  /// The same of what a forward stands for, out of line: hardly ever called.
  PYVM_EXPORT bool has_required_behind(Term forward) const;
  PYVM_EXPORT Word look_up_behind(Term forward) const;

  /// Equal strings have equal keys; an immediate is its own key, which no string has (the last three bits), nor has any 0.
  /// Strings of one size with the same 7 first bytes share a key: they are told apart later.
  static Word string_key(const Word* box) { return ((box[1] << 8) + (box[0] & ~Word{0xff00})) & ~Word{7}; }

  struct alignas(32) Bucket {
    Word keys[2] = {0, 0};  // 0 is nobody's key
    Word cases[2] = {0, 0};
  };

  /// From a term to the cases whose pattern at one place may accept it: a hash table without collisions beyond its buckets.
  struct Lookup {
    Word any_key = 0;  // immediates and strings that are nobody's key
    Word boxed = 0;    // every other box
    Word multiplier = 0;
    Word bucket_mask = 0;
    const Bucket* buckets = nullptr;

    Word bucket_of(Word key) const { return ((key * multiplier) >> 40) & bucket_mask; }
    Word find(Term term) const {
      Word key = term.bits();
      if (term.is_boxed()) {
        if (header_kind(header_of(term)) != BoxKind::String) return boxed;
        key = string_key(term.boxed());
      }
      const Bucket& bucket = buckets[bucket_of(key)];
      Word found = key == bucket.keys[1] ? bucket.cases[1] : any_key;
      found = key == bucket.keys[0] ? bucket.cases[0] : found;
      return found;
    }
  };

  /// Element `outer` of a sequence, or, when nested, the first element of that one.
  struct Position {
    Word outer = 0;
    bool nested = false;
    Word not_nested = 0;  // cases left when element `outer` is not a sequence with a first element
    Lookup lookup;

    Word find(Term term) const {
      if (!nested) return lookup.find(term);
      if (!term.is_boxed() || !is_sequence(header_of(term)) || arity_of(term) == 0) {
        return is_forward(term) ? find_behind(term) : not_nested;
      }
      return lookup.find(element(term, 0));
    }
    PYVM_EXPORT Word find_behind(Term forward) const;
  };

  /// Element `index` is one of the words, a literal and the immediates equal to it, or perhaps an equal box.
  struct RequiredWord {
    std::uint32_t index = 0;
    bool no_box = false;
    Word words[3] = {0, 0, 0};
  };

  Word all_ = 0;              // every case
  Word required_header_ = 0;  // of a tuple
  const RequiredWord* required_ = nullptr;
  const RequiredWord* required_end_ = nullptr;
  bool required_is_all_ = false;  // nothing below tells more
  const Position* positions_ = nullptr;
  const Position* positions_end_ = nullptr;
  Word arities_[kArities] = {};
  Word kinds_[32] = {};
  Lookup root_;
  RequiredWord required_memory_[kMaxRequired];
  Position positions_memory_[kMaxPositions];
  std::vector<Bucket> buckets_;
};

struct PatternCode;  // pattern_code.h

class PYVM_EXPORT PatternProgram {
 public:
  ~PatternProgram();
  PatternProgram(const PatternProgram&) = delete;
  PatternProgram& operator=(const PatternProgram&) = delete;

  std::size_t cases() const { return bindings_.size(); }
  /// Slots that a case uses: 1 + its highest.
  std::size_t bindings(std::size_t case_index) const { return bindings_[case_index]; }
  /// The most of any case: the size run_patterns wants its `bindings` to have at least.
  std::size_t max_bindings() const { return max_bindings_; }
  /// The size run_patterns wants its `params` to have at least.
  std::size_t params() const { return params_; }
  const PatternFilter& filter() const { return filter_; }
  const PatternCode& code() const { return *code_; }
  /// Whether the filter alone decides about a case below 63, which then binds nothing.
  bool is_decided(int case_index) const { return ((decided_ >> case_index) & 1) != 0; }

 private:
  friend std::variant<std::shared_ptr<const PatternProgram>, PatternError> compile_patterns(Term ir);
  PatternProgram();

  PatternFilter filter_;
  std::unique_ptr<PatternCode> code_;
  std::vector<std::size_t> bindings_;
  std::size_t max_bindings_ = 0;
  std::size_t params_ = 0;
  Word decided_ = 0;  // a bit a case
};

/// The caller is the one thread that reads `ir` meanwhile (literals are copied, see copy.h); the program keeps nothing of it.
PYVM_EXPORT std::variant<std::shared_ptr<const PatternProgram>, PatternError> compile_patterns(Term ir);

enum class Verdict : int {
  No,   // no case from first_case on accepts
  Yes,  // case_index accepts
  Ask,  // case_index accepts if Python accepts what the "python" slots hold; if not, go on with first_case = case_index + 1
};

struct [[nodiscard]] MatchResult {
  int case_index = -1;
  Verdict verdict = Verdict::No;
};

/// run_patterns for the cases in `candidates`: those of PatternFilter::candidates(subject), which made sure of a part of what
/// they want, without those below `first_case`.
PYVM_EXPORT MatchResult run_candidates(const PatternProgram& program, Word candidates, Term subject, int first_case,
                                       std::span<const Term> params, std::span<Term> bindings, TermBuilder& scratch);

inline bool quick_reject(const PatternProgram& program, Term subject) { return program.filter().candidates(subject) == 0; }

/// `bindings`: on Yes and Ask, slots the case left unbound are `unbound`; on No the contents are unspecified.
/// A guard that fails goes on with first_case = case_index + 1.
[[gnu::always_inline]] inline MatchResult run_patterns(const PatternProgram& program, Term subject, int first_case,
                                                       std::span<const Term> params, std::span<Term> bindings,
                                                       TermBuilder& scratch, Term unbound = Term()) {
  const Word candidates = program.filter().candidates(subject) & (~Word{0} << (first_case < 63 ? first_case : 63));
  if (candidates == 0) return {};
  const int first = std::countr_zero(candidates);
  if (program.is_decided(first)) {
    std::fill_n(bindings.begin(), program.max_bindings(), unbound);
    return {first, Verdict::Yes};
  }
  const MatchResult found = run_candidates(program, candidates, subject, first_case, params, bindings, scratch);
  if (!unbound.is_nothing() && found.verdict != Verdict::No) std::ranges::replace(bindings, Term(), unbound);
  return found;
}

}  // namespace pyvm
