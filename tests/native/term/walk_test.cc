// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// What every verb over terms promises alike: depth costs no C stack, sharing costs nothing extra, and the verbs agree.
#include <gtest/gtest.h>

#include <array>

#include "random_terms.h"
#include "term/compare.h"
#include "term/copy.h"
#include "term/hash.h"
#include "term/print.h"

namespace pyvm {
namespace {

using testing::RandomTerms;
using Wrap = Term (*)(TermBuilder&, Term);

constexpr int kDepth = 60'000;

Term in_tuple(TermBuilder& builder, Term term) { return builder.tuple(term); }
Term in_list(TermBuilder& builder, Term term) { return builder.make_list(std::array{term}); }
Term in_set(TermBuilder& builder, Term term) { return builder.make_set(BoxKind::FrozenSet, std::array{term}); }
Term in_set_of_two(TermBuilder& builder, Term term) {
  return builder.make_set(BoxKind::FrozenSet, std::array{Term::small(5), builder.tuple(Term::small(0), term)});
}
Term as_value(TermBuilder& builder, Term term) { return builder.make_dict(std::array{TermPair{Term::none(), term}}); }
Term as_key(TermBuilder& builder, Term term) { return builder.make_dict(std::array{TermPair{term, Term::none()}}); }

Term nest(TermBuilder& builder, Wrap wrap, int depth, Term innermost) {
  Term term = innermost;
  for (int i = 0; i < depth; ++i) term = wrap(builder, term);
  return term;
}

TEST(Walk, DepthIsBoundedByMemory) {
  for (const Wrap wrap : {in_tuple, in_list, in_set, in_set_of_two, as_value, as_key}) {
    TermBuilder builder;
    const Term one = nest(builder, wrap, kDepth, Term::small(1));
    const Term same = nest(builder, wrap, kDepth, builder.make_float(1.0));
    const Term two = nest(builder, wrap, kDepth, Term::small(2));
    EXPECT_TRUE(equal(one, same));
    EXPECT_FALSE(equal_exact(one, same));
    EXPECT_FALSE(equal(one, two));
    EXPECT_TRUE(compare(one, same) == 0);
    EXPECT_TRUE(compare(one, two) < 0);
    EXPECT_EQ(hash(one), hash(same));
    EXPECT_NE(hash(one), hash(two));
    EXPECT_TRUE(equal_exact(one, OwnedTerm(one).get()));
    EXPECT_EQ(print(one, 8).size(), 11u);
    EXPECT_GT(print(one, 1'000'000).size(), 2u * kDepth);
  }
}

Term twice(TermBuilder& builder, Term term) { return builder.tuple(term, term); }
Term twice_in_list(TermBuilder& builder, Term term) { return builder.make_list(std::array{term, term}); }
Term twice_in_sets(TermBuilder& builder, Term term) {
  const Term members[] = {builder.tuple(Term::small(1), term), builder.tuple(Term::small(2), term)};
  return builder.make_set(BoxKind::FrozenSet, members);
}
Term as_key_and_value(TermBuilder& builder, Term term) { return builder.make_dict(std::array{TermPair{term, term}}); }
Term twice_beside_a_number(TermBuilder& builder, Term term) { return builder.tuple(term, Term::small(3), term); }

TEST(Walk, ADagCostsItsNodesNotItsPaths) {
  for (const Wrap wrap : {twice, twice_in_list, twice_in_sets, as_key_and_value, twice_beside_a_number}) {
    TermBuilder builder;
    const Term one = nest(builder, wrap, 60, Term::small(1));
    const Term same = nest(builder, wrap, 60, builder.make_float(1.0));
    const Term two = nest(builder, wrap, 60, Term::small(2));
    EXPECT_TRUE(equal(one, same));
    EXPECT_FALSE(equal(one, two));
    EXPECT_FALSE(equal_exact(one, same));
    EXPECT_TRUE(compare(one, same) == 0);
    EXPECT_TRUE(compare(one, two) < 0);
    EXPECT_EQ(hash(one), hash(same));
    EXPECT_NE(hash(one), hash(two));
    EXPECT_LE(exact_words(one), 60u * 12u);
    EXPECT_TRUE(equal_exact(one, OwnedTerm(one).get()));
    EXPECT_LE(print(one, 1000).size(), 1003u);
  }
}

TEST(Walk, TermsInOtherClothesAreEqualAndHashEqual) {
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    TermBuilder builder;
    RandomTerms terms(seed, builder);
    const Term term = terms.draw(4);
    const Term other = terms.disguise(term);
    ASSERT_TRUE(equal(term, other)) << "seed " << seed << ": " << print(term) << " and " << print(other);
    ASSERT_TRUE(compare(term, other) == 0) << "seed " << seed << ": " << print(term) << " and " << print(other);
    ASSERT_EQ(hash(term), hash(other)) << "seed " << seed << ": " << print(term) << " and " << print(other);
  }
}

TEST(Walk, EqualityOrderAndHashAgree) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    TermBuilder builder;
    RandomTerms terms(seed, builder);
    std::vector<Term> drawn;
    for (int i = 0; i < 40; ++i) drawn.push_back(terms.draw(2));
    for (const Term left : drawn) {
      for (const Term right : drawn) {
        const auto pair = [&] { return "seed " + std::to_string(seed) + ": " + print(left) + " and " + print(right); };
        const std::weak_ordering order = compare(left, right);
        ASSERT_EQ(equal(left, right), order == 0) << pair();
        ASSERT_EQ(order < 0, compare(right, left) > 0) << pair();
        if (order == 0) {
          ASSERT_EQ(hash(left), hash(right)) << pair();
        }
        if (equal_exact(left, right)) {
          ASSERT_TRUE(equal(left, right)) << pair();
        }
      }
    }
  }
}

TEST(Walk, TheOrderIsTransitive) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    TermBuilder builder;
    RandomTerms terms(seed, builder);
    std::vector<Term> drawn;
    for (int i = 0; i < 30; ++i) drawn.push_back(terms.draw(3));
    std::sort(drawn.begin(), drawn.end(), [](Term left, Term right) { return compare(left, right) < 0; });
    for (std::size_t i = 0; i < drawn.size(); ++i) {
      for (std::size_t j = i; j < drawn.size(); ++j) ASSERT_TRUE(compare(drawn[i], drawn[j]) <= 0) << "seed " << seed;
    }
  }
}

TEST(Walk, CopiesAreExactlyEqualAndOfExactlyTheWordsCounted) {
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    TermBuilder builder;
    RandomTerms terms(seed, builder);
    const Term term = terms.draw(4);
    std::vector<Word> memory(exact_words(term));
    TermBuilder target(memory.data(), memory.data() + memory.size());
    const Term copied = copy(term, target);
    ASSERT_TRUE(equal_exact(term, copied)) << "seed " << seed << ": " << print(term);
    ASSERT_EQ(print(term), print(copied));
    TermStorage storage = target.take_storage();
    EXPECT_EQ(storage.chunks, nullptr) << "seed " << seed << ": " << print(term);
    release_storage(storage);
  }
}

}  // namespace
}  // namespace pyvm
