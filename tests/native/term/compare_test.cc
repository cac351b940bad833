// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "term/compare.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "random_terms.h"

namespace pyvm {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

class Compare : public ::testing::Test {
 protected:
  Term number(std::int64_t value) { return builder_.make_int(value); }
  Term number(double value) { return builder_.make_float(value); }
  Term text(std::string_view utf8) { return builder_.make_string(utf8); }
  Term binary(std::string_view bytes) { return builder_.make_binary(std::as_bytes(std::span(bytes))); }
  Term list(std::initializer_list<Term> terms) { return builder_.make_list({terms.begin(), terms.size()}); }
  Term set(std::initializer_list<Term> terms, BoxKind kind = BoxKind::Set) {
    return builder_.make_set(kind, {terms.begin(), terms.size()});
  }
  Term dict(std::initializer_list<TermPair> pairs) {
    return builder_.make_dict(std::span<const TermPair>(pairs.begin(), pairs.size()));
  }
  /// 2^exponent + more
  Term power(unsigned exponent, Word more = 0) {
    std::vector<Word> limbs(exponent / 64 + 1);
    limbs.back() = Word{1} << (exponent % 64);
    limbs[0] += more;
    return builder_.make_big(false, limbs);
  }

  void expect_less(Term left, Term right) {
    EXPECT_TRUE(compare(left, right) < 0);
    EXPECT_TRUE(compare(right, left) > 0);
    EXPECT_FALSE(equal(left, right));
    EXPECT_FALSE(equal_exact(left, right));
  }
  void expect_equal(Term left, Term right) {
    EXPECT_TRUE(equal(left, right));
    EXPECT_TRUE(equal(right, left));
    EXPECT_TRUE(compare(left, right) == 0);
  }

  TermBuilder builder_;
};

TEST_F(Compare, NumbersAreEqualAcrossKinds) {
  expect_equal(number(std::int64_t{1}), number(1.0));
  expect_equal(number(std::int64_t{1}), Term::boolean(true));
  expect_equal(number(0.0), Term::boolean(false));
  expect_equal(number(0.0), number(-0.0));
  expect_equal(number(-0.0), Term::small(0));
  expect_equal(number(0x1p62), number(std::int64_t{1} << 62));
  expect_equal(number(0x1p1000), power(1000));
}

TEST_F(Compare, IntegersAndFloatsCompareExactly) {
  expect_less(number(9007199254740992.0), number(std::int64_t{9007199254740993}));
  expect_less(number(std::int64_t{9007199254740991}), number(9007199254740992.0));
  expect_less(Term::small(Term::kSmallMax), number(0x1p62));
  expect_less(number(-0x1p63), Term::small(Term::kSmallMin));
  expect_less(number(0x1p100), power(100, 1));
  expect_less(number(0x1.fffffffffffffp1023), power(1024));
  expect_less(power(1023), number(0x1.0000000000001p1023));
  expect_less(power(5000), number(HUGE_VAL));
  expect_less(number(-HUGE_VAL), builder_.make_big(true, std::array<Word, 3>{0, 0, 1}));
  expect_less(Term::small(0), number(5e-324));
  expect_less(Term::small(-1), number(-0.5));
}

TEST_F(Compare, BigIntegersCompareBySignThenMagnitude) {
  const auto negative = builder_.make_big(true, std::array<Word, 2>{0, 1});
  expect_less(builder_.make_big(true, std::array<Word, 2>{1, 1}), negative);
  expect_less(builder_.make_big(true, std::array<Word, 3>{0, 0, 1}), negative);
  expect_less(negative, Term::small(Term::kSmallMin));
  expect_less(negative, power(64));
  expect_less(power(64), power(64, 1));
  expect_less(power(127), power(128));
  expect_equal(power(200, 7), power(200, 7));
  EXPECT_TRUE(equal_exact(power(200, 7), power(200, 7)));
}

TEST_F(Compare, NanEqualsNothingButSortsAsTheGreatestNumber) {
  const Term nan = number(kNan);
  EXPECT_FALSE(equal(nan, nan));
  EXPECT_FALSE(equal_exact(nan, nan));
  EXPECT_FALSE(equal(nan, number(kNan)));
  EXPECT_TRUE(compare(nan, number(-kNan)) == 0);
  expect_less(number(HUGE_VAL), nan);
  expect_less(power(3000), nan);
  expect_less(nan, Term::none());
}

TEST_F(Compare, ABoxInAContainerEqualsItselfAsInPython) {
  const Term nan = number(kNan);
  EXPECT_TRUE(equal(list({nan}), list({nan})));
  EXPECT_FALSE(equal(list({nan}), list({number(kNan)})));
  EXPECT_TRUE(compare(list({nan}), list({number(kNan)})) == 0);
}

TEST_F(Compare, KindsHaveOneOrder) {
  const Term names[] = {text("module"), text("Error")};
  const Term point = intern_record_class({"module", "Point", {"x"}});
  const Term one[] = {Term::small(1)};
  SharedBytes* handle = SharedBytes::create({});
  const Term ascending[] = {number(kNan),
                            Term::none(),
                            Term::timeout(),
                            *intern_atom("a"),
                            *intern_atom("b"),
                            builder_.make_ref(1, Pid(9, 9)),
                            builder_.make_ref(2, Pid(1, 1)),
                            builder_.make_function("m", "f"),
                            builder_.make_enum_member("m", "E", "A"),
                            Term::pid(Pid(1, 1)),
                            Term::pid(Pid(2, 1)),
                            builder_.tuple(Term::small(9)),
                            builder_.tuple(Term::small(1), Term::small(1)),
                            builder_.make_record(intern_record_class({"module", "Line", {"x"}}), one),
                            builder_.make_record(point, one),
                            dict({}),
                            dict({{names[0], names[1]}}),
                            set({}),
                            set({names[0]}, BoxKind::FrozenSet),
                            builder_.make_exception("builtins", "KeyError", "x"),
                            list({}),
                            list({Term::small(1)}),
                            list({Term::small(1), Term::small(1)}),
                            list({Term::small(2)}),
                            text(""),
                            text("a"),
                            text("aaaaaaaaa"),
                            text("b"),
                            text("\u00e9"),
                            text("\u20ac and more"),
                            text("\U0001f600"),
                            binary(""),
                            binary("a"),
                            binary(std::string(100, 'a')),
                            binary("b"),
                            builder_.make_opaque(handle, 7)};
  for (std::size_t i = 0; i < std::size(ascending); ++i) {
    EXPECT_TRUE(compare(ascending[i], ascending[i]) == 0) << i;
    for (std::size_t j = i + 1; j < std::size(ascending); ++j) {
      SCOPED_TRACE(i * 1000 + j);
      expect_less(ascending[i], ascending[j]);
    }
  }
}

TEST_F(Compare, SequencesOfDifferentKindsAreNeverEqual) {
  const Term one = Term::small(1);
  EXPECT_FALSE(equal(builder_.tuple(one), list({one})));
  EXPECT_FALSE(equal(text("a"), binary("a")));
  EXPECT_FALSE(equal(text("a"), *intern_atom("a")));
  expect_equal(builder_.tuple(one, list({one})), builder_.tuple(number(1.0), list({Term::boolean(true)})));
}

TEST_F(Compare, ExactEqualityTellsKindsApartAllTheWayDown) {
  const Term one = Term::small(1);
  EXPECT_TRUE(equal_exact(builder_.tuple(one, text("long string")), builder_.tuple(one, text("long string"))));
  EXPECT_FALSE(equal_exact(builder_.tuple(one), builder_.tuple(number(1.0))));
  EXPECT_FALSE(equal_exact(one, Term::boolean(true)));
  EXPECT_FALSE(equal_exact(number(0.0), number(-0.0)));
  EXPECT_FALSE(equal_exact(set({one}), set({one}, BoxKind::FrozenSet)));
  EXPECT_FALSE(equal_exact(dict({{one, one}}), dict({{number(1.0), one}})));
  EXPECT_FALSE(equal_exact(dict({{one, one}}), dict({{one, number(1.0)}})));
  EXPECT_FALSE(equal_exact(power(70), number(0x1p70)));
}

TEST_F(Compare, BinariesAreTheirBytesWhateverHoldsThem) {
  SharedBytes* shared = SharedBytes::create(std::vector<std::byte>(100, std::byte{'a'}));
  const Term slice = builder_.make_shared_binary(shared, 50, 10);
  expect_equal(slice, binary("aaaaaaaaaa"));
  EXPECT_TRUE(equal_exact(slice, binary("aaaaaaaaaa")));
  expect_less(slice, binary("aaaaaaaaab"));
}

TEST_F(Compare, DictsAndSetsIgnoreOrder) {
  const Term a = text("a");
  const Term b = builder_.tuple(Term::small(1), text("a longer one"));
  expect_equal(set({a, b, Term::none()}), set({b, Term::none(), a}, BoxKind::FrozenSet));
  expect_equal(dict({{a, b}, {b, a}}), dict({{b, a}, {a, b}}));
  EXPECT_FALSE(equal(dict({{a, b}, {b, a}}), dict({{a, a}, {b, b}})));
  EXPECT_FALSE(equal(set({a}), set({b})));
  std::vector<Term> up;
  for (int i = 0; i < 1000; ++i) up.push_back(builder_.tuple(Term::small(i), text("a longer one")));
  const std::vector<Term> down(up.rbegin(), up.rend());
  expect_equal(builder_.make_set(BoxKind::Set, up), builder_.make_set(BoxKind::FrozenSet, down));
}

TEST_F(Compare, DictsCompareBySortedKeysThenValues) {
  const Term one = Term::small(1);
  const Term two = Term::small(2);
  const Term three = Term::small(3);
  expect_less(dict({{two, three}, {one, three}}), dict({{one, one}, {three, one}}));
  expect_less(dict({{two, one}, {one, one}}), dict({{one, one}, {two, two}}));
  expect_less(dict({{two, three}, {one, one}}), dict({{one, two}, {two, one}}));
  expect_less(set({three, one}), set({two, three}));
  const auto nested = [&](Term term) {
    return set({builder_.tuple(set({term}), one), builder_.tuple(one, two)}, BoxKind::FrozenSet);
  };
  expect_less(nested(one), nested(two));
  expect_equal(nested(one), nested(number(1.0)));
}

TEST_F(Compare, WhatIsRememberedOfLargePairsIsTheirOrder) {
  const auto large = [&](std::int64_t last) {
    std::vector<Term> rows(200, builder_.tuple(Term::none()));
    for (Term& row : rows) row = builder_.tuple(Term::none());
    rows.push_back(Term::small(last));
    return builder_.make_list(rows);
  };
  // The same two large members are put in order in each set.
  const auto in_sets = [&](Term first, Term second) {
    std::vector<Term> sets;
    for (int i = 0; i < 5; ++i)
      sets.push_back(set({builder_.tuple(first, Term::small(i)), builder_.tuple(second, Term::small(i))}));
    return builder_.make_list(sets);
  };
  expect_equal(in_sets(large(1), large(3)), in_sets(large(3), large(1)));
  expect_less(in_sets(large(3), large(1)), in_sets(large(2), large(3)));
}

TEST_F(Compare, RecordsCompareByClassThenFields) {
  const Term point = intern_record_class({"shapes", "Point", {"x"}});
  const Term other = intern_record_class({"shapes2", "Point", {"x"}});
  const std::array one{Term::small(1)};
  const std::array two{Term::small(2)};
  expect_equal(builder_.make_record(point, one), builder_.make_record(point, one));
  expect_less(builder_.make_record(point, one), builder_.make_record(point, two));
  expect_less(builder_.make_record(point, two), builder_.make_record(other, one));
}

TEST_F(Compare, RefsAreEqualByTheirId) {
  expect_equal(builder_.make_ref(5, Pid(1, 1)), builder_.make_ref(5, Pid(1, 1), true));
  EXPECT_FALSE(equal(builder_.make_ref(5, Pid(1, 1)), builder_.make_ref(6, Pid(1, 1))));
}

}  // namespace
}  // namespace pyvm
