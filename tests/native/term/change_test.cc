// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "term/change.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "term/compare.h"
#include "term/copy.h"
#include "term/print.h"
#include "term/sendable.h"

namespace pyvm {
namespace {

constexpr int kSteps = 20'000;

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}
  Word below(Word limit) { return limit == 0 ? 0 : random_() % limit; }
  bool one_in(Word n) { return below(n) == 0; }

 private:
  std::mt19937_64 random_;
};

Term box_with(BoxKind kind, std::initializer_list<Term> terms, TermBuilder& builder) {
  Term* slots = nullptr;
  const Term box = builder.make_container(kind, terms.size(), &slots);
  std::copy(terms.begin(), terms.end(), slots);
  return box;
}

Term as_literal(Term term, unsigned flags) {
  const_cast<Word*>(term.boxed())[0] |= Word{flags | box_flag::kLiteral} << 8;
  return term;
}

/// Nothing in a copy is local, moved, or larger than what it holds.
void expect_compact(Term term) {
  if (!term.is_boxed()) return;
  const Word header = header_of(term);
  ASSERT_LE(header_kind(header), BoxKind::Exception);
  ASSERT_EQ(header_room(header), 0u);
  for (Word i = 0; i < box_terms(header).count; ++i) {
    ASSERT_FALSE(element(term, i).is_nothing());
    expect_compact(element(term, i));
  }
}

/// A term that was changed and one built at once mean the same to every verb, and so does a copy.
void expect_same(Term changed, Term built) {
  ASSERT_TRUE(equal(changed, built)) << print(changed) << " and " << print(built);
  ASSERT_TRUE(equal(built, changed));
  ASSERT_TRUE(equal_exact(changed, built));
  ASSERT_TRUE(compare(changed, built) == 0);
  ASSERT_EQ(hash(changed), hash(built));
  ASSERT_EQ(print(changed), print(built));
  std::vector<Word> memory(exact_words(changed));
  TermBuilder target(memory.data(), memory.data() + memory.size());
  const Term copied = copy(changed, target);
  ASSERT_EQ(exact_words(copied), memory.size());
  expect_compact(copied);
  ASSERT_TRUE(equal_exact(copied, built));
  TermStorage storage = target.take_storage();
  ASSERT_EQ(storage.chunks, nullptr);
  release_storage(storage);
}

void step_list(Dice& dice, Term list, std::vector<Term>& model, TermBuilder& builder, int step) {
  const Term item = Term::small(step);
  const auto at = [&](Word i) { return model.begin() + static_cast<std::ptrdiff_t>(i); };
  const Word size = model.size();
  const Word begin = dice.below(size + 1);
  const Word end = begin + dice.below(std::min<Word>(size - begin, 6) + 1);
  switch (dice.below(9)) {
    case 0:
      list_insert(list, begin, item, builder);
      model.insert(at(begin), item);
      break;
    case 1:
      if (size == 0) break;
      ASSERT_EQ(list_pop(list, std::min(begin, size - 1), builder), model[std::min(begin, size - 1)]);
      model.erase(at(std::min(begin, size - 1)));
      break;
    case 2:
      if (size == 0) break;
      list_set(list, begin % size, item, builder);
      model[begin % size] = item;
      break;
    case 3:
      list_delete(list, begin, end, builder);
      model.erase(at(begin), at(end));
      break;
    case 4: {
      const std::vector<Term> items(dice.below(6), item);
      list_replace(list, begin, end, items, builder);
      model.erase(at(begin), at(end));
      model.insert(at(begin), items.begin(), items.end());
      break;
    }
    case 5: {
      const std::vector<Term> own(at(begin), at(end));
      list_extend(list, list_items(list).subspan(begin, end - begin), builder);
      model.insert(model.end(), own.begin(), own.end());
      break;
    }
    case 6:
      list_reverse(list, builder);
      std::reverse(model.begin(), model.end());
      break;
    case 7:
      if (!dice.one_in(100)) break;
      list_clear(list);
      model.clear();
      break;
    default:
      list_append(list, item, builder);
      model.push_back(item);
  }
}

TEST(Change, ListsBehaveAsVectors) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    Dice dice(seed);
    TermBuilder builder;
    std::vector<Term> model{Term::small(1), Term::small(2)};
    const Term list = seed % 2 == 0 ? make_list_with_room(0, builder) : builder.make_list(model);
    if (seed % 2 == 0) model.clear();
    for (int step = 0; step < kSteps; ++step) {
      step_list(dice, list, model, builder, step);
      const std::span<const Term> items = list_items(list);
      ASSERT_TRUE(std::equal(items.begin(), items.end(), model.begin(), model.end())) << "seed " << seed << " step " << step;
      if (dice.one_in(500)) expect_same(list, builder.make_list(model));
    }
  }
}

/// A dict as its entries in order; keys are found one by one.
struct DictModel {
  std::vector<TermPair> entries;

  auto find(Term key) {
    return std::find_if(entries.begin(), entries.end(), [&](const TermPair& entry) { return equal(entry.key, key); });
  }
  void set(Term key, Term value) {
    if (const auto found = find(key); found != entries.end()) {
      found->value = value;
    } else {
      entries.push_back({key, value});
    }
  }
};

Term draw_key(Dice& dice, Word keys, TermBuilder& builder) {
  const auto number = static_cast<std::int64_t>(dice.below(keys));
  switch (number % 3) {
    case 0:
      return dice.one_in(2) ? Term::small(number) : builder.make_float(static_cast<double>(number));
    case 1:
      return builder.make_string("a longer key " + std::to_string(number));
    default:
      return builder.tuple(Term::small(number), Term::none());
  }
}

void step_dict(Dice& dice, Term dict, DictModel& model, TermBuilder& builder, Word keys, int step) {
  const Term key = draw_key(dice, keys, builder);
  const Term value = Term::small(step);
  switch (dice.below(dice.one_in(2000) ? 8 : 7)) {
    case 0:
    case 1:
    case 2: {
      const auto found = model.find(key);
      const Term removed = dict_delete(dict, key, builder);
      ASSERT_EQ(removed, found == model.entries.end() ? Term() : found->value);
      if (found != model.entries.end()) model.entries.erase(found);
      break;
    }
    case 3: {
      const std::optional<TermPair> last = dict_pop_last(dict, builder);
      ASSERT_EQ(last.has_value(), !model.entries.empty());
      if (!last) break;
      ASSERT_EQ(last->value, model.entries.back().value);
      model.entries.pop_back();
      break;
    }
    case 7:
      dict_clear(dict);
      model.entries.clear();
      break;
    default:
      dict_set(dict, key, value, builder);
      model.set(key, value);
  }
}

void expect_entries(Term dict, DictModel& model) {
  ASSERT_EQ(size_of(dict), model.entries.size());
  Word entry = 0;
  for (const TermPair& expected : model.entries) {
    entry = next_entry(dict, entry);
    ASSERT_NE(entry, kNoEntry);
    ASSERT_TRUE(equal(entry_key(dict, entry), expected.key));
    ASSERT_EQ(entry_value(dict, entry), expected.value);
    ASSERT_EQ(dict_get(dict, expected.key), expected.value);
    ++entry;
  }
  ASSERT_EQ(next_entry(dict, entry), kNoEntry);
}

TEST(Change, DictsKeepTheirOrderThroughAnyChange) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    Dice dice(seed);
    TermBuilder builder;
    DictModel model;
    const Word keys = std::array<Word, 4>{6, 12, 60, 300}[seed % 4];
    for (Word i = 0; i < (seed % 3) * keys / 4; ++i) model.set(draw_key(dice, keys, builder), Term::small(0));
    const Term dict = seed % 3 == 0 ? make_dict_with_room(0, builder) : builder.make_dict(model.entries);
    for (int step = 0; step < kSteps; ++step) {
      SCOPED_TRACE("seed " + std::to_string(seed) + " step " + std::to_string(step));
      step_dict(dice, dict, model, builder, keys, step);
      if (dice.one_in(step < 100 ? 1 : 50)) expect_entries(dict, model);
      if (dice.one_in(500)) expect_same(dict, builder.make_dict(model.entries));
      if (dice.one_in(5000)) close_holes(dict, builder);
      if (HasFatalFailure()) return;
    }
  }
}

TEST(Change, SetsBehaveAsSets) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    Dice dice(seed);
    TermBuilder builder;
    std::set<std::int64_t> model;
    const Term set = seed % 2 == 0 ? make_set_with_room(0, builder) : builder.make_set(BoxKind::Set, {});
    const Word members = seed < 4 ? 10 : 200;
    for (int step = 0; step < kSteps; ++step) {
      const auto number = static_cast<std::int64_t>(dice.below(members));
      if (dice.one_in(3)) {
        ASSERT_EQ(set_discard(set, Term::small(number), builder), model.erase(number) == 1)
            << "seed " << seed << " step " << step;
      } else if (dice.one_in(8)) {
        const Term popped = set_pop(set, builder);
        ASSERT_EQ(popped.is_nothing(), model.empty());
        if (!popped.is_nothing()) {
          ASSERT_EQ(model.erase(popped.unchecked_small()), 1u);
        }
      } else {
        ASSERT_EQ(set_add(set, Term::small(number), builder), model.insert(number).second) << "seed " << seed << " step " << step;
      }
      if (dice.one_in(3000)) {
        set_clear(set);
        model.clear();
      }
      ASSERT_EQ(size_of(set), model.size());
      ASSERT_EQ(set_has(set, Term::small(number)), model.contains(number));
    }
    TermBuilder other;
    const Term same = make_set_with_room(3 * model.size(), other);
    for (const std::int64_t member : model) set_add(same, Term::small(member), other);
    EXPECT_TRUE(equal(set, same));
    EXPECT_EQ(hash(set), hash(same));
    EXPECT_TRUE(equal_exact(OwnedTerm(set).get(), same));
  }
}

TEST(Change, AContainerThatMovedIsReachedByItsOldNames) {
  TermBuilder builder;
  const Term list = builder.make_list({});
  const Term holder = builder.tuple(list, list);
  for (int i = 0; i < 100; ++i) list_append(i % 2 == 0 ? list : resolve(list), Term::small(i), builder);
  EXPECT_TRUE(is_forward(element(holder, 0)));
  EXPECT_EQ(size_of(element(holder, 1)), 100u);
  std::vector<Term> items;
  for (int i = 0; i < 100; ++i) items.push_back(Term::small(i));
  const Term same = builder.make_list(items);
  expect_same(holder, builder.tuple(same, same));
  const OwnedTerm copied(holder);
  EXPECT_EQ(element(copied.get(), 0), element(copied.get(), 1));
}

TEST(Change, HolesAreNoEntriesWhereHeadersAreAlike) {
  TermBuilder builder;
  const Term whole = make_dict_with_room(0, builder);
  const Term pierced = make_dict_with_room(0, builder);
  for (int i = 0; i < 20; ++i) {
    dict_set(whole, Term::small(i), Term::none(), builder);
    dict_set(pierced, Term::small(i), Term::none(), builder);
  }
  dict_delete(pierced, Term::small(3), builder);
  ASSERT_EQ(header_of(resolve(whole)), header_of(resolve(pierced)));
  for (const auto& [left, right] : {std::pair(whole, pierced), std::pair(pierced, whole)}) {
    EXPECT_FALSE(equal(left, right));
    EXPECT_FALSE(equal(builder.tuple(left), builder.tuple(right)));
    EXPECT_FALSE(equal_exact(builder.make_list(std::array{left}), builder.make_list(std::array{right})));
    EXPECT_NE(hash(left), hash(right));
  }
  EXPECT_TRUE(compare(builder.tuple(pierced), builder.tuple(whole)) < 0);
  EXPECT_TRUE(compare(whole, pierced) > 0);
}

TEST(Change, ALargeDictCostsWhatItHolds) {
  TermBuilder builder;
  const Term dict = make_dict_with_room(0, builder);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 200'000; ++i) dict_set(dict, Term::small(i), Term::small(round), builder);
    for (int i = 199'999; i >= 1000; --i) {
      ASSERT_EQ(dict_delete(dict, Term::small(i < 100'000 ? i : 299'999 - i), builder).is_nothing(), false);
    }
  }
  EXPECT_EQ(size_of(dict), 1000u);
  EXPECT_LT(exact_words(dict), 1000u * 4u);
  for (int i = 0; i < 100'000; ++i) {  // each a constant time: room is given up when little of it was in use
    dict_clear(dict);
    dict_set(dict, Term::small(i), Term::none(), builder);
  }
}

TEST(Change, LiteralsAreNotChangeable) {
  TermBuilder builder;
  EXPECT_TRUE(is_changeable(builder.make_list({})));
  EXPECT_FALSE(is_changeable(builder.make_set(BoxKind::FrozenSet, {})));
  EXPECT_FALSE(is_changeable(builder.tuple(Term::none())));
  EXPECT_FALSE(is_changeable(Term::small(1)));
  EXPECT_FALSE(is_changeable(as_literal(builder.make_list({}), box_flag::kConstant)));
}

TEST(Change, WhatIsUnhashableIsFound) {
  TermBuilder builder;
  const Term list = make_list_with_room(0, builder);
  for (int i = 0; i < 9; ++i) list_append(list, list, builder);
  EXPECT_EQ(find_unhashable(builder.tuple(Term::small(1), builder.tuple(list))), resolve(list));
  Term dag = builder.tuple(builder.make_string("no list in here"));
  for (int i = 0; i < 80; ++i) dag = builder.tuple(dag, dag);
  EXPECT_TRUE(find_unhashable(dag).is_nothing());
  EXPECT_TRUE(find_unhashable(Term::none()).is_nothing());
}

TEST(Change, ConstantsAreCopiedAndOtherLiteralsShared) {
  TermBuilder builder;
  const Term text = as_literal(builder.make_string("a literal text"), 0);
  const Term inner = as_literal(builder.make_list(std::array{text, Term::small(2)}), box_flag::kConstant);
  const Term constant = as_literal(builder.tuple(inner, inner), box_flag::kConstant);
  const Word before = header_of(constant);
  const Term term = builder.tuple(constant, inner, text);
  TermBuilder target;
  const Term copied = copy(term, target);
  EXPECT_TRUE(equal_exact(term, copied));
  EXPECT_EQ(header_of(constant), before);
  EXPECT_EQ(exact_words(term), 4u + 3u + 3u);
  const Term list = element(copied, 1);
  EXPECT_NE(list, inner);
  EXPECT_EQ(element(element(copied, 0), 0), list);
  EXPECT_EQ(element(element(copied, 0), 1), list);
  EXPECT_TRUE(is_changeable(list));
  EXPECT_EQ(element(list, 0), text);
  EXPECT_EQ(element(copied, 2), text);
}

TEST(Change, CyclesAreShownAsPythonDoes) {
  TermBuilder builder;
  const Term list = builder.make_list({});
  list_append(list, Term::small(1), builder);
  list_append(list, list, builder);
  EXPECT_EQ(print(list), "[1, [...]]");
  const Term dict = make_dict_with_room(0, builder);
  dict_set(dict, Term::none(), builder.tuple(dict, list), builder);
  EXPECT_EQ(print(dict), "{None: ({...}, [1, [...]])}");
  const Term deep = make_list_with_room(1, builder);
  Term term = deep;
  for (int i = 0; i < 200; ++i) term = builder.tuple(term);
  list_append(deep, term, builder);
  EXPECT_EQ(
      print(deep), "[" + std::string(200, '(') + "[...]" + [] {
        std::string ends;
        for (int i = 0; i < 200; ++i) ends += ",)";
        return ends;
      }() + "]");
}

TEST(Change, ComparingCyclesGivesUp) {
  TermBuilder builder;
  const Term one = make_list_with_room(1, builder);
  const Term two = make_list_with_room(1, builder);
  for (const Term list : {one, two}) list_append(list, list, builder);
  EXPECT_EQ(try_equal(one, two), std::nullopt);
  EXPECT_EQ(try_compare(one, two), std::nullopt);
  EXPECT_EQ(try_equal(one, one), true);
  EXPECT_EQ(try_equal(builder.tuple(Term::small(1)), builder.tuple(builder.make_float(1.0))), true);
  EXPECT_TRUE(*try_compare(Term::small(1), Term::small(2)) < 0);
}

TEST(Sendable, WhatHoldsItselfIsRefusedByItsPlace) {
  TermBuilder builder;
  const Term list = builder.make_list({});
  const Term dict = make_dict_with_room(0, builder);
  dict_set(dict, builder.make_string("conn"), list, builder);
  const Term term = builder.tuple(Term::small(1), dict, list, dict);
  EXPECT_EQ(Copy(term).refused(), Copy::Refusal::None);
  EXPECT_FALSE(find_unsendable(term).has_value());
  list_append(list, builder.tuple(dict), builder);
  EXPECT_EQ(Copy(term).refused(), Copy::Refusal::Cycle);
  const auto found = find_unsendable(term);
  ASSERT_TRUE(found.has_value());
  EXPECT_TRUE(found->is_cycle);
  EXPECT_EQ(found->place, "[1]['conn'][0][0]");
  EXPECT_EQ(found->part, resolve(dict));
}

TEST(Sendable, WhatStaysInItsProcessIsRefusedByItsPlace) {
  TermBuilder builder;
  const Term closure = box_with(BoxKind::Closure, {Term::small(3), Term::none()}, builder);
  const Term term = builder.make_list(std::array{Term::small(1), builder.make_exception("builtins", "ValueError", "x"),
                                                 builder.make_dict(std::array{TermPair{Term::small(2), closure}})});
  EXPECT_EQ(Copy(term).refused(), Copy::Refusal::Local);
  EXPECT_EQ(Copy(closure).refused(), Copy::Refusal::Local);
  const auto found = find_unsendable(term);
  ASSERT_TRUE(found.has_value());
  EXPECT_FALSE(found->is_cycle);
  EXPECT_EQ(found->place, "[2][2]");
  EXPECT_EQ(find_unsendable(closure)->place, "");
}

TEST(Sendable, SharingIsNoCycle) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    Dice dice(seed);
    TermBuilder builder;
    std::vector<Term> lists;
    for (int i = 0; i < 8; ++i) lists.push_back(make_list_with_room(1, builder));
    const Word edges = dice.below(16);
    for (Word i = 0; i < edges; ++i) {
      list_append(lists[dice.below(8)], dice.one_in(3) ? builder.tuple(lists[dice.below(8)]) : lists[dice.below(8)], builder);
    }
    const Term all = builder.make_tuple(lists);
    const bool has_cycle = find_unsendable(all).has_value();
    ASSERT_EQ(Copy(all).refused(), has_cycle ? Copy::Refusal::Cycle : Copy::Refusal::None) << "seed " << seed;
    if (has_cycle) continue;
    ASSERT_TRUE(equal_exact(OwnedTerm(all).get(), all)) << "seed " << seed;
  }
}

TEST(LocalKinds, AreComparedAndShownAsInPython) {
  TermBuilder builder;
  const auto range = [&](std::int64_t start, std::int64_t stop, std::int64_t step) {
    return box_with(BoxKind::Range, {Term::small(start), Term::small(stop), Term::small(step)}, builder);
  };
  const auto type = [&](std::string_view module, std::string_view name) {
    return box_with(BoxKind::Type, {builder.make_string(module), builder.make_string(name)}, builder);
  };
  EXPECT_TRUE(equal(range(0, 0, 1), range(5, 2, 1)));
  EXPECT_TRUE(equal(range(0, 3, 2), range(0, 4, 2)));
  EXPECT_TRUE(equal(range(0, -3, -2), range(0, -4, -2)));
  EXPECT_TRUE(equal(range(1, 2, 5), range(1, 2, 7)));
  EXPECT_FALSE(equal(range(0, 3, 2), range(0, 5, 2)));
  EXPECT_EQ(hash(range(0, 3, 2)), hash(range(0, 4, 2)));
  EXPECT_TRUE(equal(type("builtins", "int"), type("builtins", "int")));
  EXPECT_FALSE(equal(type("builtins", "int"), type("builtins", "float")));
  EXPECT_EQ(hash(type("builtins", "ValueError")), hash(type("builtins", "ValueError")));
  const auto slice = [&](Term start, Term stop) { return box_with(BoxKind::Slice, {start, stop, Term::none()}, builder); };
  const Term one = Term::small(1);
  EXPECT_TRUE(equal(slice(one, builder.make_float(2)), slice(builder.make_float(1), Term::small(2))));
  EXPECT_FALSE(equal(slice(one, one), slice(one, Term::none())));
  EXPECT_FALSE(find_unhashable(builder.tuple(one, slice(one, one))).is_nothing());
  EXPECT_EQ(print(slice(one, builder.tuple(one))), "slice(1, (1,), None)");
  const Term cell = box_with(BoxKind::Cell, {Term()}, builder);
  EXPECT_TRUE(equal(cell, cell));
  EXPECT_FALSE(equal(cell, box_with(BoxKind::Cell, {Term()}, builder)));
  EXPECT_EQ(print(builder.tuple(range(0, 3, 1), range(0, 3, 2), cell, type("builtins", "int"), type("shop", "Item"))),
            "(range(0, 3), range(0, 3, 2), <cell>, <class 'int'>, <class 'shop.Item'>)");
}

}  // namespace
}  // namespace pyvm
