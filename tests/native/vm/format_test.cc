// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "vm/format.h"

#include <gtest/gtest.h>

#include <cmath>

#include "proc/process.h"
#include "term/atom_table.h"
#include "vm/text.h"

namespace pyvm::vm {
namespace {

class Formats : public ::testing::Test {
 protected:
  Term str(std::string_view utf8) { return heap_.make_string(utf8); }
  Term big(std::initializer_list<Word> limbs) { return heap_.make_big(false, std::vector<Word>(limbs)); }

  /// The text, or "Name: text" of the exception, which is forgotten.
  std::string outcome(Term result) {
    if (!result.is_nothing()) return std::string(string_view_of(result));
    const ExceptionFields fields = exception_fields(std::exchange(context_.error, Term()));
    return std::string(string_view_of(fields.qualified_name)) + ": " + std::string(string_view_of(fields.text));
  }
  std::string format(Term value, std::string_view spec) { return outcome(format_value(context_, value, str(spec))); }
  std::string format(double value, std::string_view spec) { return format(heap_.make_float(value), spec); }
  std::string format(std::int64_t value, std::string_view spec) { return format(heap_.make_int(value), spec); }
  std::string fields(std::string_view text, std::vector<Term> positional, Term keywords = Term()) {
    return outcome(format_fields(context_, str(text), positional, keywords));
  }
  std::string percent(std::string_view text, Term values) { return outcome(format_percent(context_, str(text), values)); }

  TermBuilder heap_;
  Process process_;
  Context context_{heap_, process_};
};

TEST_F(Formats, IntegersOfAllSizes) {
  EXPECT_EQ(format(std::int64_t{-1234567}, ","), "-1,234,567");
  EXPECT_EQ(format(std::int64_t{1234}, "08,"), "0,001,234") << "a separator never leads";
  EXPECT_EQ(format(big({0, 1}), "d"), "18446744073709551616");
  EXPECT_EQ(format(big({0, 1}), "#_x"), "0x1_0000_0000_0000_0000");
  EXPECT_EQ(format(big({1, 0, 1}), "o"), "4" + std::string(41, '0') + "1") << "digits cross limbs";
  EXPECT_EQ(format(Term::small(Term::kSmallMin), "#b"), "-0b1" + std::string(62, '0'));
}

TEST_F(Formats, IntegersOfTooManyDigitsNot) {
  std::vector<Word> limbs(225);
  limbs.back() = 1;
  EXPECT_EQ(format(heap_.make_big(false, limbs), "").substr(0, 28), "ValueError: Exceeds the limi");
  EXPECT_EQ(format(heap_.make_big(false, limbs), "x").size(), 224 * 16 + 1u);
}

TEST_F(Formats, FloatsExactly) {
  EXPECT_EQ(format(0.1, ".30f"), "0.100000000000000005551115123126");
  EXPECT_EQ(format(2.5, ".0f"), "2");
  EXPECT_EQ(format(1e22, ""), "1e+22");
  EXPECT_EQ(format(100.0, ".3"), "1e+02");
  EXPECT_EQ(format(-0.001, "z.1f"), "0.0");
  EXPECT_EQ(format(HUGE_VAL, "010F"), "0000000INF");
  EXPECT_EQ(format(5e-324, ".1100f").size(), 1102u);
}

TEST_F(Formats, BigIntegersAsTheNearestFloat) {
  EXPECT_EQ(format(big({1, 0x20000000000000}), ".0f"), format(std::ldexp(1.0, 117), ".0f"));
  EXPECT_EQ(format(big({0x8000000000000001, 0x3fffffffffffff}), ".0f"), format(std::ldexp(0x1p54, 64), ".0f")) << "half and more";
  EXPECT_EQ(format(heap_.make_big(false, std::vector<Word>(20, 1)), "e"), "OverflowError: int too large to convert to float");
}

TEST_F(Formats, TextByCodePoints) {
  EXPECT_EQ(format(str("añb"), "é^7.2"), "ééañééé");
  EXPECT_EQ(format(str("a"), "+"), "ValueError: Sign not allowed in string format specifier");
  EXPECT_EQ(format(heap_.make_list({}), "3"), "TypeError: unsupported format string passed to list.__format__");
}

TEST_F(Formats, WithoutLimitNot) {
  EXPECT_EQ(format(std::int64_t{1}, "9999999999999"), "MemoryError: ");
  EXPECT_EQ(format(1.0, ".2147483647f"), "MemoryError: ");
  EXPECT_EQ(format(0.1, ".10000000f").size(), 10000002u) << "zeros behind the last digit cost little";
  EXPECT_EQ(percent("%999999999999d", Term::small(1)), "MemoryError: ");
}

TEST_F(Formats, FieldsOfRecords) {
  const Term record_class = intern_record_class({"module", "Point", {"x", "y"}});
  const Term values[] = {Term::small(3), Term::small(4)};
  const Term point = heap_.make_record(record_class, values);
  EXPECT_EQ(fields("{0.x},{0.y:>3}", {point}), "3,  4");
  EXPECT_TRUE(fields("{.z}", {point}).starts_with("AttributeError: 'Point' object has no field 'z'"));
  EXPECT_EQ(fields("{.real},{.z}", {Term::small(3), Term::small(4)}), "AttributeError: 'int' object has no attribute 'z'");
}

TEST_F(Formats, FieldsWithKeywords) {
  const Term keywords = heap_.make_dict(std::vector<TermPair>{{str("width"), Term::small(6)}});
  EXPECT_EQ(fields("{:*>{width}}|{{}}", {Term::small(5)}, keywords), "*****5|{}");
  EXPECT_EQ(fields("{missing}", {}, keywords), "KeyError: 'missing'");
}

TEST_F(Formats, PercentTemplates) {
  EXPECT_EQ(percent("%-5d|%+.2e|%#x|%c", heap_.tuple(Term::small(3), heap_.make_float(1234.5), Term::small(255), str("é"))),
            "3    |+1.23e+03|0xff|é");
  EXPECT_EQ(percent("%s", heap_.tuple()), "TypeError: not enough arguments for format string");
}

TEST_F(Formats, ExceptionsAndMembersAsStrShowsThem) {
  EXPECT_EQ(outcome(str_of(context_, heap_.make_exception("builtins", "ValueError", "bad"))), "bad");
  EXPECT_EQ(outcome(repr_of(context_, heap_.make_exception("builtins", "ValueError", "bad"))), "ValueError('bad')");
  EXPECT_EQ(outcome(str_of(context_, heap_.make_enum_member("m", "Color", "RED"))), "Color.RED");
  EXPECT_EQ(outcome(ascii_of(context_, str("é😀\n"))), "'\\xe9\\U0001f600\\n'");
  EXPECT_EQ(outcome(repr_of(context_, str("\u0378"))), "'\\u0378'") << "no character has this number";
}

}  // namespace
}  // namespace pyvm::vm
