// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>
#include <limits>

#include "random_terms.h"
#include "term/compare.h"
#include "term/hash.h"
#include "term/print.h"

namespace pyvm {
namespace {

TEST(Hash, NumbersThatAreEqualHashEqual) {
  TermBuilder builder;
  EXPECT_EQ(hash(Term::small(1)), hash(Term::boolean(true)));
  EXPECT_EQ(hash(Term::small(0)), hash(builder.make_float(-0.0)));
  EXPECT_EQ(hash(Term::small(-7)), hash(builder.make_float(-7.0)));
  for (const unsigned exponent : {3u, 52u, 60u, 61u, 62u, 63u, 64u, 122u, 500u, 1000u, 1023u}) {
    for (const bool negative : {false, true}) {
      std::vector<Word> limbs(exponent / 64 + 1);
      limbs.back() = Word{1} << (exponent % 64);
      const double real = std::ldexp(negative ? -1.0 : 1.0, static_cast<int>(exponent));
      EXPECT_EQ(hash(builder.make_big(negative, limbs)), hash(builder.make_float(real))) << exponent;
    }
  }
  std::mt19937_64 random(7);
  for (int i = 0; i < 10'000; ++i) {  // a mantissa and a shift, as an integer and as a float
    const Word mantissa = random() >> 11;
    const unsigned shift = static_cast<unsigned>(random() % 900);
    std::vector<Word> limbs(shift / 64 + 2);
    limbs[shift / 64] = mantissa << (shift % 64);
    if (shift % 64 != 0) limbs[shift / 64 + 1] = mantissa >> (64 - shift % 64);
    const Term integer = builder.make_big(false, limbs);
    const Term real = builder.make_float(std::ldexp(static_cast<double>(mantissa), static_cast<int>(shift)));
    ASSERT_TRUE(equal(integer, real));
    ASSERT_EQ(hash(integer), hash(real));
  }
}

TEST(Hash, NeighboursSpread) {
  const auto of_small = [](std::uint32_t i) { return Term::small(i); };
  const auto of_high = [](std::uint32_t i) { return Term::small(std::int64_t{i} << 32); };
  const auto of_pid = [](std::uint32_t i) { return Term::pid(Pid(i + 1, 1)); };
  const auto count_distinct = [](auto make) {
    std::vector<bool> seen(4096);
    for (std::uint32_t i = 0; i < 4096; ++i) seen[hash(make(i)) % 4096] = true;
    return std::count(seen.begin(), seen.end(), true);
  };
  // Of a random function 2589 are expected, 20 more or less; the seed differs from run to run.
  EXPECT_GT(count_distinct(of_small), 2400);
  EXPECT_GT(count_distinct(of_high), 2400);
  EXPECT_GT(count_distinct(of_pid), 2400);
}

TEST(Hash, StringsOfEveryLengthDiffer) {
  TermBuilder builder;
  std::vector<std::uint64_t> hashes;
  for (std::size_t size = 0; size < 100; ++size) {
    hashes.push_back(hash(builder.make_string(std::string(size, '\0'))));
    hashes.push_back(hash(builder.make_string(std::string(size, 'a') + 'b')));
  }
  std::sort(hashes.begin(), hashes.end());
  EXPECT_EQ(std::unique(hashes.begin(), hashes.end()), hashes.end());
}

TEST(Dict, FindsEveryKeyWhateverItsSize) {
  for (const int entries : {0, 1, 7, 8, 9, 10, 100, 5000}) {
    TermBuilder builder;
    std::vector<TermPair> pairs;
    for (int i = 0; i < entries; ++i) pairs.push_back({builder.make_string("key " + std::to_string(i)), Term::small(i)});
    const Term dict = builder.make_dict(pairs);
    ASSERT_EQ(arity_of(dict), static_cast<Word>(entries));
    for (int i = 0; i < entries; ++i) {
      EXPECT_EQ(dict_get(dict, builder.make_string("key " + std::to_string(i))), Term::small(i));
    }
    EXPECT_TRUE(dict_get(dict, builder.make_string("key")).is_nothing());
    EXPECT_TRUE(dict_get(dict, Term::none()).is_nothing());
  }
}

TEST(Dict, KeysAreFoundByEqualityNotByKind) {
  for (const int entries : {3, 20}) {
    TermBuilder builder;
    std::vector<TermPair> pairs;
    for (int i = 0; i < entries; ++i) pairs.push_back({Term::small(i), Term::small(i)});
    const Term dict = builder.make_dict(pairs);
    EXPECT_EQ(dict_get(dict, Term::boolean(true)), Term::small(1));
    EXPECT_EQ(dict_get(dict, builder.make_float(2.0)), Term::small(2));
    EXPECT_EQ(dict_get(dict, builder.make_float(-0.0)), Term::small(0));
    EXPECT_TRUE(dict_get(dict, builder.make_float(0.5)).is_nothing());
  }
}

TEST(Dict, LaterDuplicatesReplaceTheValueInPlace) {
  TermBuilder builder;
  const std::array pairs{TermPair{Term::small(1), Term::small(10)}, TermPair{Term::small(2), Term::small(20)},
                         TermPair{builder.make_float(1.0), Term::small(30)}};
  EXPECT_EQ(print(builder.make_dict(pairs)), "{1: 30, 2: 20}");
  std::vector<TermPair> many;
  for (int i = 0; i < 300; ++i) many.push_back({Term::small(i % 100), Term::small(i)});
  const Term dict = builder.make_dict(many);
  ASSERT_EQ(arity_of(dict), 100u);
  for (Word i = 0; i < 100; ++i) {
    EXPECT_EQ(dict_key(dict, i), Term::small(static_cast<std::int64_t>(i)));
    EXPECT_EQ(dict_get(dict, dict_key(dict, i)), Term::small(static_cast<std::int64_t>(200 + i)));
  }
  std::vector<TermPair> few;
  for (int i = 0; i < 300; ++i) few.push_back({Term::small(i % 5), Term::small(i)});
  EXPECT_EQ(print(builder.make_dict(few)), "{0: 295, 1: 296, 2: 297, 3: 298, 4: 299}");
}

TEST(Dict, WordsOfDuplicatesAreUsedAgain) {
  std::array<Word, 64> memory{};
  TermBuilder builder(memory.data(), memory.data() + memory.size());
  const std::array members{Term::small(1), Term::small(1), Term::small(1)};
  const Term set = builder.make_set(BoxKind::Set, members);
  EXPECT_EQ(set.boxed(), memory.data());
  EXPECT_EQ(builder.tuple(Term::none()).boxed(), memory.data() + 2);
}

TEST(Dict, SetsKeepTheFirstOfEqualMembers) {
  TermBuilder builder;
  const std::array members{Term::boolean(true), Term::small(1), Term::small(2), builder.make_float(2.0)};
  const Term set = builder.make_set(BoxKind::FrozenSet, members);
  EXPECT_EQ(print(set), "frozenset({True, 2})");
  EXPECT_TRUE(set_has(set, builder.make_float(1.0)));
  EXPECT_FALSE(set_has(set, Term::small(3)));
}

TEST(Dict, ANanKeyIsFoundByItsOwnBoxOnly) {
  TermBuilder builder;
  const Term nan = builder.make_float(std::numeric_limits<double>::quiet_NaN());
  const Term dict = builder.make_dict(std::array{TermPair{nan, Term::small(1)}});
  EXPECT_EQ(dict_get(dict, nan), Term::small(1));
  EXPECT_TRUE(dict_get(dict, builder.make_float(std::numeric_limits<double>::quiet_NaN())).is_nothing());
}

TEST(Dict, AgreesWithALinearSearchOnAnyTerms) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    TermBuilder builder;
    testing::RandomTerms terms(seed, builder);
    std::vector<TermPair> pairs;
    for (int i = 0; i < 60; ++i) pairs.push_back({terms.draw(2), Term::small(i)});
    const Term dict = builder.make_dict(pairs);
    for (const TermPair& wanted : pairs) {
      Term last;
      for (const TermPair& pair : pairs) {
        if (equal(pair.key, wanted.key)) last = pair.value;
      }
      ASSERT_EQ(dict_get(dict, terms.disguise(wanted.key)), last) << "seed " << seed << ": " << print(wanted.key);
    }
  }
}

}  // namespace
}  // namespace pyvm
