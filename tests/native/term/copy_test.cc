// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "term/copy.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <vector>

#include "term/hash.h"

namespace pyvm {
namespace {

Term nested_tuples(TermBuilder& builder, int depth, bool shared) {
  Term term = Term::small(7);
  for (int i = 0; i < depth; ++i) term = shared ? builder.tuple(term, term) : builder.tuple(term);
  return term;
}

TEST(Term, SmallIntegersHoldSixtyThreeBits) {
  for (const std::int64_t value : {Term::kSmallMin, std::int64_t{-1}, std::int64_t{0}, Term::kSmallMax}) {
    ASSERT_TRUE(Term::fits_small(value));
    EXPECT_EQ(Term::small(value).unchecked_small(), value);
  }
  TermBuilder builder;
  EXPECT_TRUE(is_box(builder.make_int(Term::kSmallMax + 1), BoxKind::Big));
  EXPECT_TRUE(is_box(builder.make_int(std::numeric_limits<std::int64_t>::min()), BoxKind::Big));
}

TEST(Term, CommonFloatsNeedNoBoxAndRareOnesKeepEveryBit) {
  TermBuilder builder;
  for (const double value : {0.0, 1.0, -1.5, 3.14159, 1e70, 1e-70, -1e10}) {
    const Term term = builder.make_float(value);
    ASSERT_TRUE(term.is_short_float()) << value;
    EXPECT_EQ(term.unchecked_short_float(), value);
  }
  for (const double value : {-0.0, 1e300, 1e-300, std::numeric_limits<double>::infinity()}) {
    const Term term = builder.make_float(value);
    ASSERT_TRUE(is_box(term, BoxKind::Float)) << value;
    EXPECT_EQ(std::bit_cast<double>(term.boxed()[1]), value);
  }
}

TEST(Term, StringsOfSevenBytesAreImmediate) {
  TermBuilder builder;
  const Term seven = builder.make_string("process");
  EXPECT_TRUE(seven.is_short_string());
  EXPECT_EQ(seven.unchecked_short_view(), "process");
  EXPECT_TRUE(is_box(builder.make_string("noproc_8"), BoxKind::String));
}

TEST(Copy, KeepsSharingSoADagCostsItsNodes) {
  TermBuilder source;
  const Term dag = nested_tuples(source, 60, true);
  TermBuilder target;
  const Term result = copy(dag, target);
  EXPECT_EQ(element(result, 0), element(result, 1));
  const TermStorage storage = target.take_storage();
  EXPECT_LT(storage.chunk_words(), 60u * 3u * 4u);
  TermStorage released = storage;
  release_storage(released);
}

TEST(Copy, RestoresTheSource) {
  TermBuilder source;
  const Term dag = nested_tuples(source, 10, true);
  TermBuilder first;
  copy(dag, first);
  EXPECT_TRUE(is_tuple(dag, 2));
  EXPECT_TRUE(is_tuple(element(dag, 0), 2));
}

TEST(Copy, CountsTheWordsItWillTake) {
  TermBuilder source;
  EXPECT_EQ(exact_words(Term::small(1)), 0u);
  EXPECT_EQ(exact_words(source.tuple(Term::small(1), Term::none())), 3u);
  const Term dag = nested_tuples(source, 60, true);
  EXPECT_EQ(exact_words(dag), 60u * 3u);
  EXPECT_EQ(exact_words(dag), 60u * 3u);  // the first count put every header back
}

TEST(Copy, LiteralsAreSharedNotCopied) {
  TermBuilder source;
  const Term literal = source.tuple(Term::small(1), Term::small(2));
  auto* header = const_cast<Word*>(literal.boxed());
  *header = make_header(BoxKind::Tuple, 2, box_flag::kLiteral);
  const Term term = source.tuple(literal, source.tuple(literal));
  TermBuilder target;
  const Term copied = copy(term, target);
  EXPECT_EQ(element(copied, 0), literal);
  EXPECT_EQ(element(element(copied, 1), 0), literal);
  EXPECT_EQ(exact_words(term), 5u);
  EXPECT_EQ(copy(literal, target), literal);
}

TEST(Copy, IndexesOfDictsAreCopied) {
  TermBuilder source;
  std::vector<TermPair> pairs;
  for (int i = 0; i < 100; ++i) pairs.push_back({source.tuple(Term::small(i), Term::none()), Term::small(i)});
  const OwnedTerm owned(source.make_dict(pairs));
  for (const TermPair& pair : pairs) EXPECT_EQ(dict_get(owned.get(), pair.key), pair.value);
}

TEST(Copy, DepthIsBoundedByMemory) {
  TermBuilder source;
  Term term = nested_tuples(source, 60'000, false);
  TermBuilder target;
  term = copy(term, target);
  int depth = 0;
  while (term.is_boxed()) {
    term = element(term, 0);
    ++depth;
  }
  EXPECT_EQ(depth, 60'000);
  EXPECT_EQ(term, Term::small(7));
}

TEST(Copy, LargeBinariesAreSharedByCount) {
  const std::array<std::byte, 100> bytes{};
  TermBuilder source;
  const Term binary = source.make_binary(bytes);
  ASSERT_TRUE(is_box(binary, BoxKind::SharedBinary));
  auto* shared = reinterpret_cast<OffHeap*>(binary.boxed()[2]);
  {
    const OwnedTerm owned(binary);
    EXPECT_EQ(shared->count(), 2u);
  }
  EXPECT_EQ(shared->count(), 1u);
}

}  // namespace
}  // namespace pyvm
