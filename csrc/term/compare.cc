// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "term/compare.h"

#include <algorithm>
#include <array>
#include <memory>
#include <unordered_map>
#include <vector>

#include "term/compare_atomic.h"
#include "term/hash.h"
#include "term/small_stack.h"

namespace pyvm {

namespace {

using namespace compare_detail;

/// No answer yet: a pair of containers was opened and is on the stack.
constexpr Verdict kOpened = 3;

// As in hash.cc: a pair this many pairs large is remembered, if this many were opened since the last one that was.
constexpr Word kWorthKnowing = 64;

/// A bottom-up merge sort that stops at each comparison. Its items point to the first word of an entry.
class MergeSort {
 public:
  explicit MergeSort(const Word* box) {
    const Word stride = entry_words(header_kind(box[0]));
    items_.reserve(header_arity(box[0]));
    for (Word i = 0; i < header_arity(box[0]); ++i) {
      if (box[1 + i * stride] != 0) items_.push_back(box + 1 + i * stride);
    }
    if (std::none_of(items_.begin(), items_.end(),
                     [](const Word* item) { return is_container(resolve(Term::from_bits(*item))); })) {
      std::sort(items_.begin(), items_.end(), [](const Word* left, const Word* right) {
        return decide<Mode::Order>(Term::from_bits(*left), Term::from_bits(*right)) < 0;
      });
      width_ = items_.size();
    } else {
      merged_.resize(items_.size());
      begin_run(0);
    }
  }

  /// Whether a comparison of left() and right() is needed; put() takes its answer. When none is, the items are sorted.
  bool needs_answer() {
    while (width_ < items_.size()) {
      if (left_ < middle_ && right_ < end_) return true;
      std::copy(items_.begin() + left_, items_.begin() + middle_, merged_.begin() + out_);
      std::copy(items_.begin() + right_, items_.begin() + end_, merged_.begin() + out_ + (middle_ - left_));
      if (end_ == size()) {
        items_.swap(merged_);
        width_ *= 2;
        begin_run(0);
      } else {
        begin_run(end_);
      }
    }
    return false;
  }
  Term left() const { return Term::from_bits(*items_[static_cast<std::size_t>(left_)]); }
  Term right() const { return Term::from_bits(*items_[static_cast<std::size_t>(right_)]); }
  void put(bool right_first) {
    merged_[static_cast<std::size_t>(out_++)] = items_[static_cast<std::size_t>(right_first ? right_++ : left_++)];
  }

  /// Word `offset` of the i-th entry in order: 0 is its key, 1 its value.
  Term sorted(Word i, Word offset) const { return Term::from_bits(items_[i][offset]); }

 private:
  using Position = std::vector<const Word*>::difference_type;

  Position size() const { return static_cast<Position>(items_.size()); }
  void begin_run(Position start) {
    const auto width = static_cast<Position>(width_);
    left_ = out_ = start;
    right_ = middle_ = std::min(start + width, size());
    end_ = std::min(start + 2 * width, size());
  }

  std::vector<const Word*> items_;
  std::vector<const Word*> merged_;
  std::size_t width_ = 1;
  Position left_ = 0;
  Position middle_ = 0;
  Position right_ = 0;
  Position end_ = 0;
  Position out_ = 0;
};

/// The entries of two dicts or sets, sorted one after the other.
struct SortedPair {
  MergeSort left;
  MergeSort right;
};

enum class Step : std::uint8_t {
  Children,    // one by one: tuples, lists, records...
  Find,        // dicts and sets, equality: look for the next key of the left in the right
  TryKey,      // ... a key of equal hash is being compared
  CheckValue,  // ... the values of equal keys are being compared
  SortLeft,    // dicts and sets, order
  SortRight,
  OrderKeys,
  OrderValues,
};

/// Two containers of one kind whose children are being compared.
struct Frame {
  const Word* left;
  const Word* right;
  Word next;
  Word end;
  SortedPair* sorted;  // the steps of order; owned
  Word probe;          // Find: probes made for the current key
  Word candidate;      // the entry of the right that the last probe found
  Word begun;          // pairs opened before this one
  Step step;
  std::int8_t at_end;  // Children: the verdict when all are equal
};

struct PairHash {
  std::size_t operator()(const std::array<const Word*, 2>& pair) const {
    return (reinterpret_cast<Word>(pair[0]) >> 3) * 0x9e3779b97f4a7c15 ^ (reinterpret_cast<Word>(pair[1]) >> 3);
  }
};

template <Mode kMode>
class Comparison {
 public:
  explicit Comparison(std::size_t depth = ~std::size_t{0}) : depth_(depth) {}
  ~Comparison() {
    for (; !stack_.empty(); stack_.pop()) release(stack_.top());
  }

  Verdict run(Term left, Term right) {
    Verdict verdict = open(left, right);
    if (verdict != kOpened) return verdict;
    for (;;) {
      const Verdict next = resume(stack_.top(), verdict);
      if (too_deep_) [[unlikely]]
        return kUnequal;
      if (next != kOpened) {
        close(stack_.top(), next);
        stack_.pop();
        if (stack_.empty()) return next;
      }
      verdict = next;
    }
  }

  /// There are more containers in one another than the constructor was told: the verdict says nothing.
  bool is_too_deep() const { return too_deep_; }

 private:
  static constexpr bool kIsOrder = kMode == Mode::Order;

  Verdict open(Term left, Term right) {
    if (left == right) return kEqual;
    if (left.is_boxed() && right.is_boxed() && is_same_header(header_of(left), header_of(right)) &&
        is_sequence(header_of(left))) {
      return open_containers(left.boxed(), right.boxed());
    }
    const Verdict verdict = decide<kMode>(left, right);
    return verdict == kDescend ? open_containers(resolve(left).boxed(), resolve(right).boxed()) : verdict;
  }

  Verdict open_containers(const Word* left, const Word* right) {
    ++opened_;
    if (known_ != nullptr) [[unlikely]] {
      const auto found = known_->find({left, right});
      if (found != known_->end()) return found->second;
    }
    if (stack_.size() == depth_) [[unlikely]] {
      too_deep_ = true;
      return kUnequal;
    }
    const Word left_arity = header_arity(left[0]);
    const Word right_arity = header_arity(right[0]);
    Frame& frame = stack_.push_slot();
    frame.left = left;
    frame.right = right;
    frame.next = 0;
    frame.end = std::min(left_arity, right_arity);
    frame.begun = opened_;
    frame.step = Step::Children;
    frame.at_end = left_arity == right_arity ? 0 : left_arity < right_arity ? -1 : 1;
    if (is_dict_or_set_kind(header_kind(left[0]))) [[unlikely]]
      open_entries(frame);
    return kOpened;
  }

  void open_entries(Frame& frame) {
    frame.step = kIsOrder ? Step::SortLeft : Step::Find;
    frame.probe = 0;
    if constexpr (kIsOrder) {
      frame.end = live_entries(frame.left);
      frame.sorted = new SortedPair{MergeSort(frame.left), MergeSort(frame.right)};
    } else {
      frame.end = header_arity(frame.left[0]);
    }
  }

  /// Goes on with a frame; `verdict` is of the pair it opened last, or kOpened when it is new. Any push ends `frame`.
  Verdict resume(Frame& frame, Verdict verdict) {
    if (frame.step == Step::Children) return verdict == kOpened || verdict == kEqual ? compare_children(frame) : verdict;
    if constexpr (kIsOrder) {
      return compare_sorted(frame, verdict);
    } else {
      return find_entries(frame, verdict);
    }
  }

  Verdict compare_children(Frame& frame) {
    while (frame.next < frame.end) {
      const Word child = ++frame.next;
      const Verdict verdict = open(Term::from_bits(frame.left[child]), Term::from_bits(frame.right[child]));
      if (verdict != kEqual) return verdict;
    }
    return frame.at_end;
  }

  /// Equality of dicts and sets: each key of the left is found in the right, and its value is equal.
  Verdict find_entries(Frame& frame, Verdict verdict) {
    if (frame.step == Step::CheckValue) {
      if (verdict != kEqual) return kUnequal;
      next_key(frame);
    }
    const Word stride = entry_words(header_kind(frame.left[0]));
    while (frame.next < frame.end) {
      if (frame.left[1 + stride * frame.next] == 0) {  // a hole
        next_key(frame);
        continue;
      }
      if (frame.step != Step::TryKey || verdict != kEqual) {
        frame.step = Step::Find;
        const Verdict found = find_key(frame);
        if (found != kEqual) return found;
      }
      if (header_kind(frame.left[0]) == BoxKind::Dict) {
        frame.step = Step::CheckValue;
        const Verdict value =
            open(Term::from_bits(frame.left[2 + 2 * frame.next]), Term::from_bits(frame.right[2 + 2 * frame.candidate]));
        if (value != kEqual) return value;
      }
      next_key(frame);
    }
    return kEqual;
  }

  static void next_key(Frame& frame) {
    ++frame.next;
    frame.probe = 0;
    frame.step = Step::Find;
  }

  /// The next entry of the right that may be the current key: kEqual when it is, kOpened when that is being found out.
  Verdict find_key(Frame& frame) {
    const Word slots = index_slots(header_capacity(frame.right[0]));
    const Word entries = header_arity(frame.right[0]);
    const Word stride = entry_words(header_kind(frame.left[0]));
    const Term key = Term::from_bits(frame.left[1 + stride * frame.next]);
    const bool deep = is_container(resolve(key));
    const std::uint64_t key_hash = slots > 0 || deep ? hash_of(key) : 0;
    while (frame.probe < (slots > 0 ? slots : entries)) {
      const Word probe = frame.probe++;
      if (slots > 0) {
        const std::uint32_t entry = index_of(frame.right)[(key_hash + probe) & (slots - 1)];
        if (entry == 0) return kUnequal;
        frame.candidate = entry - 1;
      } else {  // most often it has the same place
        frame.candidate = frame.next + probe < entries ? frame.next + probe : (frame.next + probe) % entries;
      }
      const Term candidate = Term::from_bits(frame.right[1 + stride * frame.candidate]);
      Verdict verdict = decide<kMode>(key, candidate);
      if (verdict == kDescend) {
        if (hash_of(candidate) != key_hash) continue;
        frame.step = Step::TryKey;
        verdict = open_containers(resolve(key).boxed(), resolve(candidate).boxed());
      }
      if (verdict != kUnequal) return verdict;
    }
    return kUnequal;
  }

  /// Order of dicts and sets of one size: the sorted keys, then the values in the order of their keys.
  Verdict compare_sorted(Frame& frame, Verdict verdict) {
    SortedPair& sorted = *frame.sorted;
    while (frame.step == Step::SortLeft || frame.step == Step::SortRight) {
      MergeSort& sort = frame.step == Step::SortLeft ? sorted.left : sorted.right;
      if (verdict != kOpened) sort.put(verdict > 0);
      verdict = kOpened;
      if (!sort.needs_answer()) {
        frame.step = frame.step == Step::SortLeft ? Step::SortRight : Step::OrderKeys;
        continue;
      }
      verdict = open(sort.left(), sort.right());
      if (verdict == kOpened) return kOpened;
    }
    if (verdict != kOpened && verdict != kEqual) return verdict;
    while (frame.next < frame.end) {
      const Word entry = frame.next++;
      const Word offset = frame.step == Step::OrderValues ? 1 : 0;
      if (frame.next == frame.end && frame.step == Step::OrderKeys && header_kind(frame.left[0]) == BoxKind::Dict) {
        frame.step = Step::OrderValues;
        frame.next = 0;
      }
      verdict = open(sorted.left.sorted(entry, offset), sorted.right.sorted(entry, offset));
      if (verdict != kEqual) return verdict;
    }
    return kEqual;
  }

  std::uint64_t hash_of(Term key) {
    if (!is_container(resolve(key))) return hash(key);
    if (hashes_ == nullptr) hashes_ = std::make_unique<HashMemo>();
    return hashes_->hash(key);
  }

  void close(const Frame& frame, Verdict verdict) {
    if (opened_ - frame.begun >= kWorthKnowing && opened_ - remembered_at_ >= kWorthKnowing) [[unlikely]] {
      if (known_ == nullptr) known_ = std::make_unique<Known>();
      known_->insert_or_assign({frame.left, frame.right}, verdict);
      remembered_at_ = opened_;
    }
    release(frame);
  }

  static void release(const Frame& frame) {
    if constexpr (kIsOrder) {
      if (frame.step != Step::Children) delete frame.sorted;
    }
  }

  using Known = std::unordered_map<std::array<const Word*, 2>, Verdict, PairHash>;

  SmallStack<Frame, 8> stack_;
  std::size_t depth_;
  bool too_deep_ = false;
  Word opened_ = 0;
  Word remembered_at_ = 0;
  std::unique_ptr<Known> known_;      // made when there is something worth knowing
  std::unique_ptr<HashMemo> hashes_;  // of containers that are keys
};

template <Mode kMode>
[[gnu::noinline]] Verdict compare_deep(Term left, Term right) {
  return Comparison<kMode>().run(left, right);
}

/// Most pairs are of a few immediates and strings: they need no stack. Anything deeper starts over with one.
template <Mode kMode>
Verdict compare_terms(Term left, Term right) {
  const Verdict verdict = decide<kMode>(left, right);
  if (verdict != kDescend) return verdict;
  const Word header = header_of(left);
  if (is_same_header(header, header_of(right)) && is_sequence(header)) {
    const Word* end = left.boxed() + header_arity(header);
    const Word* right_child = right.boxed();
    for (const Word* child = left.boxed(); child != end;) {
      const Verdict of_child = decide<kMode>(Term::from_bits(*++child), Term::from_bits(*++right_child));
      if (of_child == kDescend) return compare_deep<kMode>(left, right);
      if (of_child != kEqual) return of_child;
    }
    return kEqual;
  }
  return compare_deep<kMode>(left, right);
}

std::weak_ordering ordering_of(Verdict verdict) {
  return verdict < 0 ? std::weak_ordering::less : verdict > 0 ? std::weak_ordering::greater : std::weak_ordering::equivalent;
}

}  // namespace

bool equal_boxed(Term left, Term right) {
  if (left == right) return !is_nan(left);
  return compare_terms<Mode::Equal>(left, right) == kEqual;
}

bool equal_exact(Term left, Term right) {
  if (left == right) return !is_nan(left);
  return compare_terms<Mode::Exact>(left, right) == kEqual;
}

std::weak_ordering compare(Term left, Term right) { return ordering_of(compare_terms<Mode::Order>(left, right)); }

std::optional<bool> try_equal_boxed(Term left, Term right) {
  if (left == right) return !is_nan(left);
  Comparison<Mode::Equal> comparison(kMaxCompareDepth);
  const Verdict verdict = comparison.run(left, right);
  return comparison.is_too_deep() ? std::nullopt : std::optional(verdict == kEqual);
}

std::optional<std::weak_ordering> try_compare(Term left, Term right) {
  Comparison<Mode::Order> comparison(kMaxCompareDepth);
  const Verdict verdict = comparison.run(left, right);
  return comparison.is_too_deep() ? std::nullopt : std::optional(ordering_of(verdict));
}

}  // namespace pyvm
