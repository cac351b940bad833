// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "term/print.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <random>

#include "term/atom_table.h"
#include "term/number.h"
#include "term/term_builder.h"

namespace pyvm {
namespace {

std::string print_text(std::string_view utf8) {
  TermBuilder builder;
  return print(builder.make_string(utf8));
}
std::string print_bytes(std::string_view bytes) {
  TermBuilder builder;
  return print(builder.make_binary(std::as_bytes(std::span(bytes))));
}

TEST(Print, FloatsAreShownAsPythonShowsThem) {
  const std::pair<double, const char*> expected[] = {{0.0, "0.0"},
                                                     {-0.0, "-0.0"},
                                                     {1.0, "1.0"},
                                                     {-1.5, "-1.5"},
                                                     {0.1, "0.1"},
                                                     {1e15, "1000000000000000.0"},
                                                     {1e16, "1e+16"},
                                                     {123456789012345680.0, "1.2345678901234568e+17"},
                                                     {0.0001, "0.0001"},
                                                     {0.00001, "1e-05"},
                                                     {0.00012345, "0.00012345"},
                                                     {1.5e-7, "1.5e-07"},
                                                     {5e-324, "5e-324"},
                                                     {1e100, "1e+100"},
                                                     {1.7976931348623157e308, "1.7976931348623157e+308"},
                                                     {3.141592653589793, "3.141592653589793"},
                                                     {9007199254740993.0, "9007199254740992.0"},
                                                     {100.0, "100.0"}};
  for (const auto& [value, text] : expected) EXPECT_EQ(print(value), text);
  EXPECT_EQ(print(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(print(-std::numeric_limits<double>::infinity()), "-inf");
  EXPECT_EQ(print(std::numeric_limits<double>::quiet_NaN()), "nan");
}

TEST(Print, StringsAreQuotedAsPythonQuotesThem) {
  EXPECT_EQ(print_text(""), "''");
  EXPECT_EQ(print_text("it's"), "\"it's\"");
  EXPECT_EQ(print_text("\"it's\""), "'\"it\\'s\"'");
  EXPECT_EQ(print_text("a\\b\n\r\t"), "'a\\\\b\\n\\r\\t'");
  EXPECT_EQ(print_text(std::string_view("\0\x1f\x7f", 3)), "'\\x00\\x1f\\x7f'");
  EXPECT_EQ(print_text("h\u00e9llo \u20ac \U0001f600"), "'h\u00e9llo \u20ac \U0001f600'");
  EXPECT_EQ(print_text("\u00a0\u00ad\u200b\u2028\ufeff\ue000\U000e0001"), "'\\xa0\\xad\\u200b\\u2028\\ufeff\\ue000\\U000e0001'");
}

TEST(Print, BytesAreShownAsPythonShowsThem) {
  EXPECT_EQ(print_bytes(""), "b''");
  EXPECT_EQ(print_bytes("it's \xff\n\\"), "b\"it's \\xff\\n\\\\\"");
  EXPECT_EQ(print_bytes(std::string(70, 'x')), "b'" + std::string(70, 'x') + "'");
}

TEST(Print, BigIntegersAreDecimal) {
  TermBuilder builder;
  const std::array<Word, 4> limbs{0, 0, 0, 256};
  EXPECT_EQ(print(builder.make_big(false, limbs)), "1606938044258990275541962092341162602522202993782792835301376");  // 2^200
  EXPECT_EQ(print(builder.make_int(std::numeric_limits<std::int64_t>::min())), "-9223372036854775808");
  const std::array<Word, 2> ten_to_19_twice{0, 10};
  EXPECT_EQ(print(builder.make_big(true, ten_to_19_twice)), "-184467440737095516160");
  EXPECT_EQ(print(builder.make_big(false, std::vector<Word>(3000, 1))), "<int of 192000 bits>");
}

TEST(Print, TheDigitsOfABigIntegerReadBackAsTheInteger) {
  std::mt19937_64 random(3);
  for (std::size_t size = 2; size < 300; size += 7) {
    TermBuilder builder;
    std::vector<Word> limbs(size);
    for (Word& limb : limbs) limb = random() % 4 == 0 ? 0 : random();
    limbs.back() |= 1;
    std::vector<Word> read(size + 1);
    for (const char digit : big_decimal(builder.make_big(false, limbs))) {
      unsigned __int128 carry = static_cast<unsigned __int128>(digit - '0');
      for (Word& limb : read) {
        carry += static_cast<unsigned __int128>(limb) * 10;
        limb = static_cast<Word>(carry);
        carry >>= 64;
      }
    }
    ASSERT_EQ(read.back(), 0u);
    read.pop_back();
    ASSERT_EQ(read, limbs);
  }
}

TEST(Print, ContainersAreShownAsPythonShowsThem) {
  TermBuilder builder;
  const Term one = Term::small(1);
  const Term a = builder.make_string("a");
  EXPECT_EQ(print(builder.tuple()), "()");
  EXPECT_EQ(print(builder.tuple(one)), "(1,)");
  EXPECT_EQ(print(builder.tuple(one, builder.make_list(std::array{a, Term::none()}), Term::boolean(true))),
            "(1, ['a', None], True)");
  EXPECT_EQ(print(builder.make_list({})), "[]");
  EXPECT_EQ(print(builder.make_dict(std::array{TermPair{a, one}, TermPair{one, builder.tuple(a, a)}})),
            "{'a': 1, 1: ('a', 'a')}");
  EXPECT_EQ(print(builder.make_dict(std::span<const Term>())), "{}");
  EXPECT_EQ(print(builder.make_set(BoxKind::Set, {})), "set()");
  EXPECT_EQ(print(builder.make_set(BoxKind::FrozenSet, {})), "frozenset()");
  EXPECT_EQ(print(builder.make_set(BoxKind::Set, std::array{one, a})), "{1, 'a'}");
}

TEST(Print, NamesAreShownForWhatHasAName) {
  TermBuilder builder;
  const Term point = intern_record_class({"shapes", "Outer.Point", {"x", "y"}});
  EXPECT_EQ(print(builder.make_record(point, std::array{Term::small(1), builder.tuple()})), "Outer.Point(x=1, y=())");
  EXPECT_EQ(print(builder.make_record(intern_record_class({"shapes", "Empty", {}}), {})), "Empty()");
  EXPECT_EQ(print(*intern_atom("it's")), "Atom(\"it's\")");
  EXPECT_EQ(print(Term::pid(Pid(42, 7))), "<0.42.7>");
  EXPECT_EQ(print(builder.make_ref(9, Pid(42, 7))), "#Ref<0.42.9>");
  EXPECT_EQ(print(builder.make_function("package.module", "f")), "<function package.module.f>");
  EXPECT_EQ(print(builder.make_enum_member("colors", "Color", "RED")), "<Color.RED>");
  EXPECT_EQ(print(builder.make_exception("builtins", "ValueError", "no")), "ValueError('no')");
  EXPECT_EQ(print(Term::timeout()), "TIMEOUT");
}

TEST(Print, OutputIsCutBetweenCodePoints) {
  TermBuilder builder;
  const Term text = builder.make_string("\u20ac\u20ac\u20ac\u20ac");
  EXPECT_EQ(print(text, 5), "'\u20ac...");
  EXPECT_EQ(print(text, 14), "'\u20ac\u20ac\u20ac\u20ac'");
  EXPECT_EQ(print(text, 13), "'\u20ac\u20ac\u20ac\u20ac...");
  EXPECT_EQ(print(builder.make_list(std::vector<Term>(1000, Term::small(1))), 7), "[1, 1, ...");
  EXPECT_LT(print(builder.make_string(std::string(1'000'000, '\n')), 100).size(), 104u);
}

}  // namespace
}  // namespace pyvm
