// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Random graphs of containers that change, in a heap with two parts, beside a model made of indexes into a vector.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/random.h"
#include "proc/heap.h"
#include "term/change.h"
#include "term/compare.h"

namespace pyvm {
namespace {

constexpr int kRoots = 12;
constexpr int kSteps = 30000;

enum class Kind { List, Dict, Set, Tuple, Cell };

/// A small integer, or a node when `node` is not -1.
struct Value {
  std::int64_t number = 0;
  int node = -1;
};

struct Node {
  Kind kind;
  std::vector<Value> items;       // a cell has one
  std::vector<std::string> keys;  // of a dict, and the members of a set
};

class World {
 public:
  explicit World(std::uint64_t seed) : random_(seed), roots_(kRoots + 1, Term::small(0)), values_(kRoots) {
    // As much as makes two parts worth it.
    Term ballast = make_list_with_room(8, heap_);
    for (int i = 0; i < 3000; ++i) list_append(ballast, heap_.tuple(Term::small(i), Term::none()), heap_);
    roots_[kRoots] = ballast;
    heap_.collect_all({roots_});
    heap_.collect_all({roots_});
    EXPECT_TRUE(is_old(header_of(roots_[kRoots])));
  }

  void step() {
    const int at = below(kRoots);
    if (below(4) == 0 || values_[static_cast<std::size_t>(at)].node < 0) return put(at, fresh());
    change(values_[static_cast<std::size_t>(at)].node, resolve(roots_[static_cast<std::size_t>(at)]));
    if (below(6) == 0) descend(at);
    if (below(40) == 0) heap_.collect({roots_});
    if (below(2000) == 0) heap_.collect_all({roots_});
    if (heap_.wants_collection()) heap_.collect({roots_});
  }

  /// The two graphs are the same, sharing included.
  void expect_same() {
    std::unordered_map<int, Term> met;
    std::vector<std::pair<Value, Term>> open;
    for (int i = 0; i < kRoots; ++i) open.emplace_back(values_[static_cast<std::size_t>(i)], roots_[static_cast<std::size_t>(i)]);
    while (!open.empty()) {
      const auto [value, term] = open.back();
      open.pop_back();
      if (value.node < 0) {
        ASSERT_EQ(term, Term::small(value.number));
        continue;
      }
      const Term box = resolve(term);
      const auto [found, is_new] = met.emplace(value.node, box);
      ASSERT_EQ(found->second, box);
      if (is_new) expect_same_items(nodes_[static_cast<std::size_t>(value.node)], box, open);
      if (testing::Test::HasFatalFailure()) return;
    }
    ASSERT_EQ(size_of(roots_[kRoots]), Word{3000});
    for (int i = 0; i < 3000; i += 500)
      ASSERT_EQ(element(list_items(roots_[kRoots])[static_cast<std::size_t>(i)], 0), Term::small(i));
  }

 private:
  int below(int bound) { return static_cast<int>(random_.next() % static_cast<std::uint64_t>(bound)); }

  std::pair<Value, Term> anything() {
    const int at = below(2 * kRoots);
    if (at < kRoots && values_[static_cast<std::size_t>(at)].node >= 0)
      return {values_[static_cast<std::size_t>(at)], roots_[static_cast<std::size_t>(at)]};
    const std::int64_t number = below(1000);
    return {{number, -1}, Term::small(number)};
  }

  void put(int at, std::pair<Value, Term> made) {
    values_[static_cast<std::size_t>(at)] = made.first;
    roots_[static_cast<std::size_t>(at)] = made.second;
  }

  std::pair<Value, Term> fresh() {
    Node node{static_cast<Kind>(below(5)), {}, {}};
    Term made;
    switch (node.kind) {
      case Kind::List:
        made = make_list_with_room(0, heap_);
        break;
      case Kind::Dict:
        made = make_dict_with_room(0, heap_);
        break;
      case Kind::Set:
        made = make_set_with_room(0, heap_);
        break;
      case Kind::Tuple: {
        const auto [left_value, left] = anything();
        const auto [right_value, right] = anything();
        node.items = {left_value, right_value};
        made = heap_.tuple(left, right);
        break;
      }
      case Kind::Cell: {
        const auto [value, term] = anything();
        node.items = {value};
        Word* box = heap_.allocate(2);
        box[0] = make_header(BoxKind::Cell, 1);
        box[1] = term.bits();
        made = Term::boxed(box);
        break;
      }
    }
    nodes_.push_back(std::move(node));
    return {{0, static_cast<int>(nodes_.size()) - 1}, made};
  }

  void change(int index, Term term) {
    const auto [value, item] = anything();
    Node& node = nodes_[static_cast<std::size_t>(index)];
    switch (node.kind) {
      case Kind::List:
        return change_list(node, term, value, item);
      case Kind::Dict:
        return change_dict(node, term, value, item);
      case Kind::Set:
        return change_set(node, term);
      case Kind::Cell:
        node.items[0] = value;
        return set_cell(term, item, heap_);
      case Kind::Tuple:
        return;
    }
  }

  void change_list(Node& node, Term list, Value value, Term item) {
    const auto size = static_cast<int>(node.items.size());
    const int at = size == 0 ? 0 : below(size);
    switch (size == 0 ? 0 : below(9)) {
      case 1:
        list_set(list, static_cast<Word>(at), item, heap_);
        node.items[static_cast<std::size_t>(at)] = value;
        return;
      case 2:
        list_pop(list, static_cast<Word>(at), heap_);
        node.items.erase(node.items.begin() + at);
        return;
      case 3:
        list_insert(list, static_cast<Word>(at), item, heap_);
        node.items.insert(node.items.begin() + at, value);
        return;
      case 4:
        list_reverse(list, heap_);
        std::reverse(node.items.begin(), node.items.end());
        return;
      case 5:
        if (below(30) != 0) return;
        list_clear(list);
        node.items.clear();
        return;
      default:
        for (int i = below(4); i >= 0; --i) {
          list_append(list, item, heap_);
          node.items.push_back(value);
        }
    }
  }

  std::string some_key() { return "a key of the model " + std::to_string(below(60)); }

  void change_dict(Node& node, Term dict, Value value, Term item) {
    const std::string key = some_key();
    const auto found = std::ranges::find(node.keys, key);
    const auto at = found - node.keys.begin();
    if (below(60) == 0) {
      dict_clear(dict);
      node.keys.clear();
      node.items.clear();
    } else if (below(3) == 0) {
      ASSERT_EQ(dict_delete(dict, heap_.make_string(key), heap_).is_nothing(), found == node.keys.end());
      if (found == node.keys.end()) return;
      node.keys.erase(found);
      node.items.erase(node.items.begin() + at);
    } else {
      dict_set(dict, heap_.make_string(key), item, heap_);
      if (found == node.keys.end()) {
        node.keys.push_back(key);
        node.items.push_back(value);
      } else {
        node.items[static_cast<std::size_t>(at)] = value;
      }
    }
  }

  void change_set(Node& node, Term set) {
    const std::string key = some_key();
    const auto found = std::ranges::find(node.keys, key);
    if (below(3) == 0) {
      ASSERT_EQ(set_discard(set, heap_.make_string(key), heap_), found != node.keys.end());
      if (found != node.keys.end()) node.keys.erase(found);
    } else {
      ASSERT_EQ(set_add(set, heap_.make_string(key), heap_), found == node.keys.end());
      if (found == node.keys.end()) node.keys.push_back(key);
    }
  }

  /// The root becomes one of its own parts, so that what is old is reached in other ways than before.
  void descend(int at) {
    const Node& node = nodes_[static_cast<std::size_t>(values_[static_cast<std::size_t>(at)].node)];
    if (node.items.empty() || node.kind == Kind::Set) return;
    const auto i = static_cast<std::size_t>(below(static_cast<int>(node.items.size())));
    if (node.items[i].node < 0) return;
    const Term box = resolve(roots_[static_cast<std::size_t>(at)]);
    const Term part = node.kind == Kind::Dict ? dict_get(box, heap_.make_string(node.keys[i])) : element(box, i);
    put(below(kRoots), {node.items[i], part});
  }

  void expect_same_items(const Node& node, Term box, std::vector<std::pair<Value, Term>>& open) {
    ASSERT_EQ(node.kind == Kind::Cell ? 1 : size_of(box), node.kind == Kind::Set ? node.keys.size() : node.items.size());
    for (std::size_t i = 0; i < node.keys.size(); ++i) {
      const Term key = heap_.make_string(node.keys[i]);
      if (node.kind == Kind::Set) {
        ASSERT_TRUE(set_has(box, key));
      } else {
        open.emplace_back(node.items[i], dict_get(box, key));
      }
    }
    if (!node.keys.empty()) return;
    for (std::size_t i = 0; i < node.items.size(); ++i) open.emplace_back(node.items[i], element(box, i));
  }

  Random random_;
  Heap heap_;
  std::vector<Term> roots_;
  std::vector<Value> values_;
  std::vector<Node> nodes_;
};

TEST(HeapRandom, KeepsGraphsThatChange) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    World world(seed);
    for (int step = 0; step < kSteps; ++step) {
      world.step();
      if (step % 100 == 0) world.expect_same();
      if (HasFatalFailure()) FAIL() << "step " << step;
    }
  }
}

}  // namespace
}  // namespace pyvm
