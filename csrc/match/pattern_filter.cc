// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <map>
#include <numeric>

#include "match/pattern_code.h"

namespace pyvm {

namespace {

using Op = PatternNode::Op;

constexpr Word kStringBox = class_bit(BoxKind::String);
constexpr Word kOtherBoxes = kBoxedClasses & ~kStringBox;

Word classes_of_literal(Term literal) {
  const Word own = class_bit(class_of(literal));
  if ((own & kNumberClasses) != 0) return kNumberClasses;
  for (const Word alike :
       {class_bit(BoxKind::Set) | class_bit(BoxKind::FrozenSet), class_bit(BoxKind::Binary) | class_bit(BoxKind::SharedBinary)}) {
    if ((own & alike) != 0) return alike;
  }
  return own;
}

/// The kinds of terms a pattern may accept.
Word classes_of(const PatternNode& node) {
  switch (node.op) {
    case Op::Any:
    case Op::Param:
    case Op::Python:
      return kAnyClass;
    case Op::Bind:
      return classes_of(node.children[0]);
    case Op::Equal:
    case Op::Is:
      return classes_of_literal(node.literal);
    case Op::Seq:
      return kSequenceClasses;
    case Op::Map:
      return class_bit(BoxKind::Dict);
    case Op::Or:
      return std::accumulate(node.children.begin(), node.children.end(), Word{0},
                             [](Word classes, const PatternNode& child) { return classes | classes_of(child); });
    case Op::Type:
      return node.classes & (node.children.empty() ? kAnyClass : classes_of(node.children[0]));
    case Op::Record:
      return class_bit(BoxKind::Record);
    case Op::Enum:
      return class_bit(BoxKind::EnumMember);
    case Op::Exception:
      return class_bit(BoxKind::Exception);
  }
  return kAnyClass;
}

/// Sizes of the sequences that `node` may accept, as bits; the bit `most` stands for that many and more.
Word arities_of(const PatternNode& node, Word most) {
  const Word all = (Word{2} << most) - 1;
  switch (node.op) {
    case Op::Bind:
      return arities_of(node.children[0], most);
    case Op::Or:
      return std::accumulate(node.children.begin(), node.children.end(), Word{0},
                             [&](Word found, const PatternNode& child) { return found | arities_of(child, most); });
    case Op::Seq: {
      const Word size = std::min<Word>(node.children.size(), most);
      return node.star ? all & (~Word{0} << size) : Word{1} << size;
    }
    default:
      return (classes_of(node) & kSequenceClasses) != 0 ? all : 0;
  }
}

/// Indices from the subject down to a place in it.
using Path = std::span<const Word>;

/// What the cases want at one place, before it is a hash table.
struct Table {
  std::map<Word, Word> keys;
  Word any_key = 0;
  Word boxed = 0;
  Word not_nested = 0;
  Word strings = 0;  // cases with the key of a boxed string

  /// The cases left on average, over the keys and a word that is none of them; those with no word for this place always are.
  double cases_left(Word all) const {
    Word ruled = any_key;
    double total = std::popcount(any_key);
    for (const auto& [key, cases] : keys) {
      total += std::popcount(cases | any_key);
      ruled |= cases;
    }
    return total / static_cast<double>(keys.size() + 1) + std::popcount(all & ~ruled);
  }
};

}  // namespace

class FilterBuilder {
 public:
  FilterBuilder(std::vector<PatternNode>& cases, PatternFilter& filter) : cases_(cases), filter_(filter) {}

  void build() {
    for (std::size_t i = 0; i < cases_.size(); ++i) {
      filter_.all_ |= bit_of(i);
      const Word classes = classes_of(cases_[i]);
      for (Word kind = 0; kind < 32; ++kind) {
        if (((classes >> kind) & 1) != 0) filter_.kinds_[kind] |= bit_of(i);
      }
      const Word arities = arities_of(cases_[i], PatternFilter::kArities - 1);
      for (Word arity = 0; arity < PatternFilter::kArities; ++arity) {
        if (((arities >> arity) & 1) != 0) filter_.arities_[arity] |= bit_of(i);
      }
    }
    require();
    make_lookup(table_at({}), filter_.root_);
    const std::vector<Choice> choices = choose_positions();
    PatternFilter::Position* position = filter_.positions_memory_;
    for (const Choice& choice : choices) {
      position->outer = choice.path[0];
      position->nested = choice.depth == 2;
      position->not_nested = choice.table.not_nested;
      make_lookup(choice.table, position->lookup);
      ++position;
    }
    filter_.positions_ = filter_.positions_memory_;
    filter_.positions_end_ = position;
    filter_.required_is_all_ = choices.empty();
    for (std::size_t i = 0; i < std::min<std::size_t>(cases_.size(), 63); ++i) mark_assured(cases_[i]);
    for (const auto& [lookup, first] : first_buckets_) lookup->buckets = filter_.buckets_.data() + first;
  }

 private:
  using Bucket = PatternFilter::Bucket;
  using Lookup = PatternFilter::Lookup;

  /// Indices looked at for the choice: tags stand in front.
  static constexpr Word kMaxIndex = 8;

  struct Choice {
    std::array<Word, 2> path;
    std::size_t depth;
    Table table;
  };

  static Word bit_of(std::size_t case_index) { return Word{1} << std::min<std::size_t>(case_index, 63); }

  Table table_at(Path path) const {
    Table table;
    for (std::size_t i = 0; i < cases_.size(); ++i) enter(cases_[i], path, bit_of(i), table);
    return table;
  }

  /// The header of a tuple of the one size that all cases want, or 0.
  Word common_header() const {
    Word header = 0;
    for (PatternNode& tree : cases_) {
      const PatternNode& node = unbound(tree);
      const Word own = make_header(BoxKind::Tuple, node.children.size());
      if (node.op != Op::Seq || node.star || (header != 0 && header != own)) return 0;
      header = own;
    }
    return header;
  }

  /// Whether all cases want the same literal there.
  bool is_required(const Table& table) const {
    return table.any_key == 0 && table.not_nested == 0 && table.strings == 0 &&
           (table.boxed == 0 || table.boxed == filter_.all_) && !table.keys.empty() && table.keys.size() <= 3 &&
           std::all_of(table.keys.begin(), table.keys.end(), [&](const auto& entry) { return entry.second == filter_.all_; });
  }

  void require() {
    filter_.required_header_ = common_header();
    filter_.required_ = filter_.required_memory_;
    PatternFilter::RequiredWord* required = filter_.required_memory_;
    for (Word index = 0; index < header_arity(filter_.required_header_) && index < kMaxIndex; ++index) {
      const Table table = table_at({&index, 1});
      if (!is_required(table)) continue;
      required->index = static_cast<std::uint32_t>(index);
      required->no_box = table.boxed == 0;
      std::size_t count = 0;
      for (Word& word : required->words) {
        word = std::next(table.keys.begin(), static_cast<std::ptrdiff_t>(count))->first;
        if (count + 1 < table.keys.size()) ++count;
      }
      if (++required == filter_.required_memory_ + PatternFilter::kMaxRequired) break;
    }
    filter_.required_end_ = required;
  }

  /// The places that leave the fewest cases, shallow ones first. A place that rules nothing out is not worth its load.
  std::vector<Choice> choose_positions() const {
    std::vector<Choice> choices;
    for (const std::size_t depth : {1, 2}) {
      for (Word outer = 0; outer < kMaxIndex; ++outer) {
        const std::array<Word, 2> path{outer, 0};
        Choice choice{path, depth, table_at({path.data(), depth})};
        if (filter_.required_header_ != 0 && is_required(choice.table)) continue;
        if (choice.table.cases_left(filter_.all_) < std::popcount(filter_.all_)) choices.push_back(std::move(choice));
      }
    }
    std::stable_sort(choices.begin(), choices.end(), [&](const Choice& a, const Choice& b) {
      return a.table.cases_left(filter_.all_) < b.table.cases_left(filter_.all_);
    });
    if (choices.size() > PatternFilter::kMaxPositions) choices.resize(PatternFilter::kMaxPositions);
    std::sort(choices.begin(), choices.end(),
              [](const Choice& a, const Choice& b) { return a.depth != b.depth ? a.depth < b.depth : a.path < b.path; });
    return choices;
  }

  /// Enters what `node` may accept at `path`, given that the places above are sequences long enough; not_nested gets what it
  /// may accept when the last of those is not.
  static void enter(const PatternNode& node, Path path, Word bit, Table& table) {
    if (node.op == Op::Bind) return enter(node.children[0], path, bit, table);
    if (node.op == Op::Or) {
      for (const PatternNode& child : node.children) enter(child, path, bit, table);
    } else if (path.empty()) {
      enter_here(node, bit, table);
    } else if (node.op == Op::Seq && path[0] < node.number) {
      enter(node.children[path[0]], path.subspan(1), bit, table);
    } else {
      table.not_nested |= bit;
      const bool may_be_long_enough = node.op == Op::Seq ? node.star : (classes_of(node) & kSequenceClasses) != 0;
      if (!may_be_long_enough) return;
      table.any_key |= bit;
      table.boxed |= bit;
    }
  }

  static void enter_here(const PatternNode& node, Word bit, Table& table) {
    if (node.op == Op::Is) {
      table.keys[node.literal.bits()] |= bit;
      return;
    }
    const Word classes = classes_of(node);
    if (node.op != Op::Equal || (node.literal.is_boxed() && (classes & kNumberClasses) != 0)) {
      if ((classes & ~kOtherBoxes) != 0) table.any_key |= bit;
      if ((classes & kOtherBoxes) != 0) table.boxed |= bit;
    } else if (classes == kStringBox) {
      table.keys[PatternFilter::string_key(node.literal.boxed())] |= bit;
      table.strings |= bit;
    } else if (node.literal.is_boxed()) {
      table.boxed |= bit;
    } else if (classes == kNumberClasses) {
      const NumberLiteral number(node.literal);
      for (const Term word : number.words) table.keys[word.bits()] |= bit;
      if (number.boxed) table.boxed |= bit;
    } else {
      table.keys[node.literal.bits()] |= bit;
    }
  }

  /// The case has a bit of its own, and arities_ has it for sequences of its size alone, a key's cases only for that key.
  void mark_assured(PatternNode& tree) const {
    PatternNode& top = unbound(tree);
    if ((top.op == Op::Is || top.op == Op::Equal) && (classes_of(top) & kBoxedClasses) == 0) {
      top.assured = true;  // an immediate that no box equals: root_ has it for nothing else
      return;
    }
    if (top.op != Op::Seq || top.children.size() + 1 >= PatternFilter::kArities) return;
    top.assured = true;
    for (const auto* required = filter_.required_; required != filter_.required_end_; ++required) {
      mark_literal(top, required->index);
    }
    for (const auto* position = filter_.positions_; position != filter_.positions_end_; ++position) {
      if (!position->nested) {
        mark_literal(top, position->outer);
      } else if (position->outer < top.number && unbound(top.children[position->outer]).op == Op::Seq) {
        mark_literal(unbound(top.children[position->outer]), 0);
      }
    }
  }

  static void mark_literal(PatternNode& sequence, Word index) {
    if (index >= sequence.number) return;
    PatternNode& node = unbound(sequence.children[index]);
    if (node.op == Op::Is) node.assured = true;
    if (node.op != Op::Equal || node.literal.is_boxed()) return;
    node.assured = (classes_of(node) & kNumberClasses) == 0 || !NumberLiteral(node.literal).boxed;
  }

  static PatternNode& unbound(PatternNode& node) { return node.op == Op::Bind ? unbound(node.children[0]) : node; }

  void make_lookup(const Table& table, Lookup& lookup) {
    lookup.any_key = table.any_key;
    lookup.boxed = table.boxed;
    // Odd multipliers of good mixing: one splitmix64 step each. More buckets once none of some fits.
    Word state = 0;
    for (std::size_t buckets = std::max<std::size_t>(1, std::bit_ceil(table.keys.size()) / 2);; buckets *= 2) {
      for (int attempt = 0; attempt < 32; ++attempt) {
        Word mixed = state += 0x9e3779b97f4a7c15;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
        lookup.multiplier = (mixed ^ (mixed >> 27)) | 1;
        lookup.bucket_mask = buckets - 1;
        if (fill(table, lookup, buckets)) return;
      }
    }
  }

  /// Puts each key in its bucket at the end of buckets_; false, and nothing put, when a bucket overflows.
  bool fill(const Table& table, Lookup& lookup, std::size_t buckets) {
    const std::size_t first = filter_.buckets_.size();
    filter_.buckets_.resize(first + buckets);
    for (const auto& [key, cases] : table.keys) {
      Bucket& bucket = filter_.buckets_[first + lookup.bucket_of(key)];
      const std::size_t free = bucket.keys[0] == 0 ? 0 : 1;
      if (bucket.keys[free] != 0) {
        filter_.buckets_.resize(first);
        return false;
      }
      bucket.keys[free] = key;
      bucket.cases[free] = cases | table.any_key;
    }
    first_buckets_.emplace_back(&lookup, first);
    return true;
  }

  std::vector<PatternNode>& cases_;
  PatternFilter& filter_;
  std::vector<std::pair<Lookup*, std::size_t>> first_buckets_;
};

bool PatternFilter::has_required_behind(Term forward) const { return has_required(resolve(forward)); }
Word PatternFilter::look_up_behind(Term forward) const { return look_up(resolve(forward)); }
Word PatternFilter::Position::find_behind(Term forward) const { return find(resolve(forward)); }

void build_filter(std::vector<PatternNode>& cases, PatternFilter& filter) { FilterBuilder(cases, filter).build(); }

}  // namespace pyvm
