// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>
#include <vector>

#include "term/binary.h"
#include "term/compare.h"
#include "term/term_builder.h"

namespace pyvm {
namespace {

double value_of(Term term) {
  return term.is_short_float() ? term.unchecked_short_float() : std::bit_cast<double>(term.boxed()[1]);
}

TEST(TermBuilder, FloatsOfAnyBitsComeBackAsTheyWere) {
  std::mt19937_64 random(42);
  TermBuilder builder;
  for (int i = 0; i < 100'000; ++i) {
    const Word bits = random();
    EXPECT_EQ(std::bit_cast<Word>(value_of(builder.make_float(std::bit_cast<double>(bits)))), bits);
  }
  const double hole = std::ldexp(1.0, -255);  // the pattern that stands for 0.0
  EXPECT_EQ(value_of(builder.make_float(hole)), hole);
  EXPECT_EQ(value_of(builder.make_float(-hole)), -hole);
}

TEST(TermBuilder, BigIntegersDropLeadingZerosAndShrinkToSmall) {
  TermBuilder builder;
  const std::array<Word, 3> limbs{5, 0, 0};
  EXPECT_EQ(builder.make_big(true, limbs), Term::small(-5));
  const std::array<Word, 3> wide{0, 1, 0};
  const Term big = builder.make_big(true, wide);
  ASSERT_TRUE(is_box(big, BoxKind::Big));
  EXPECT_EQ(arity_of(big), 2u);
  const Word edge = Word{1} << 62;
  EXPECT_EQ(builder.make_big(true, {&edge, 1}), Term::small(Term::kSmallMin));
  EXPECT_TRUE(is_box(builder.make_big(false, {&edge, 1}), BoxKind::Big));
}

TEST(TermBuilder, BuildsInTheCallersMemoryFirst) {
  std::array<Word, 8> memory{};
  TermBuilder builder(memory.data(), memory.data() + memory.size());
  const Term pair = builder.tuple(Term::small(1), Term::none());
  EXPECT_EQ(pair.boxed(), memory.data());
  const Term wide = builder.tuple(pair, pair, pair, pair, pair, pair);
  EXPECT_TRUE(is_tuple(wide, 6));
  TermStorage storage = builder.take_storage();
  EXPECT_GT(storage.chunk_words(), 0u);
  release_storage(storage);
  EXPECT_TRUE(storage.empty());
}

TEST(TermBuilder, SlicesReleaseTheBytesTheyShare) {
  SharedBytes* shared = SharedBytes::create(std::vector<std::byte>(1000));
  {
    TermBuilder builder;
    shared->retain();
    const Term slice = builder.make_shared_binary(shared, 10, 20);
    EXPECT_EQ(arity_of(slice), 20u);
    EXPECT_EQ(shared->count(), 2u);
  }
  EXPECT_EQ(shared->count(), 1u);
  shared->release();
}

TEST(TermBuilder, ExceptionsKeepTheirFields) {
  TermBuilder builder;
  const Term cause = builder.make_exception("builtins", "KeyError", "inner");
  const Term text = builder.make_string("outer message");
  const Term line = builder.tuple(builder.make_string("file.py"), Term::small(3), text, text);
  const Term frames[] = {line};
  const ExceptionFields fields{builder.make_string("builtins"),
                               builder.make_string("ValueError"),
                               builder.tuple(text),
                               text,
                               builder.make_list(frames),
                               cause};
  const OwnedTerm owned(builder.make_exception(fields));
  const ExceptionFields copied = exception_fields(owned.get());
  EXPECT_TRUE(equal_exact(copied.traceback, fields.traceback));
  EXPECT_TRUE(equal_exact(copied.cause, cause));
  EXPECT_TRUE(exception_fields(copied.cause).cause.is_none());
}

TEST(TermBuilder, BytesAreReadBackFromEveryForm) {
  TermBuilder builder;
  for (const std::size_t size : {0u, 1u, 7u, 8u, 9u, 63u, 64u, 65u, 1000u}) {
    const std::string bytes(size, 'x');
    const Term string = builder.make_string(bytes);
    EXPECT_EQ(string_view_of(string), bytes);
    const auto read = binary_bytes(builder.make_binary(std::as_bytes(std::span(bytes))));
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(read.data()), read.size()), bytes);
  }
}

TEST(TermBuilder, MovedOwnedTermsAreReleasedOnce) {
  TermBuilder builder;
  OwnedTerm first(builder.tuple(Term::small(1), Term::small(2)));
  OwnedTerm second(std::move(first));
  EXPECT_FALSE(first);
  first = std::move(second);
  EXPECT_EQ(element(first.get(), 1), Term::small(2));
}

TEST(TermBuilder, ALargeBoxDoesNotMakeTheNextChunkLarge) {
  TermBuilder builder;
  const std::vector<Term> many(20'000, Term::small(1));
  const Term large = builder.make_tuple(many);
  builder.tuple(large, Term::small(2));
  TermStorage storage = builder.take_storage();
  EXPECT_LT(storage.chunk_words(), 20'001u + 256u);
  release_storage(storage);
}

}  // namespace
}  // namespace pyvm
