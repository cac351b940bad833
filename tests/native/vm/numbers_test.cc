// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "vm/numbers.h"
#include "proc/process.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "term/binary.h"
#include "term/compare.h"
#include "term/print.h"

namespace pyvm::vm {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

class Numbers : public testing::Test {
 protected:
  Term i(std::string_view digits) {
    const Term number = int_from_text(context_, digits);
    EXPECT_FALSE(number.is_nothing()) << digits;
    return number;
  }
  Term i(std::int64_t value) { return heap_.make_int(value); }
  Term f(double value) { return heap_.make_float(value); }
  Term two_to(std::int64_t bits) { return power(context_, i(2), i(bits)); }

  /// A result as repr() shows it, or "Kind: text" of what was raised. One that gives a term has raised nothing (V1).
  std::string show(Term result) {
    const Term error = std::exchange(context_.error, Term());
    EXPECT_EQ(result.is_nothing(), !error.is_nothing());
    if (error.is_nothing()) return is_not_mine(result) ? "not mine" : print(result);
    const Term kind = element(error, 1);
    const Term text = element(error, 3);
    return std::string(string_view_of(kind)) + ": " + std::string(string_view_of(text));
  }

  template <typename Operator>
  std::string run(Operator op, Term left, Term right) {
    return show(op(context_, left, right));
  }

  TermBuilder heap_;
  Process process_;
  Context context_{heap_, process_};
};

TEST_F(Numbers, SmallResultsAreSmallAndLargeOnesBig) {
  const Term most = Term::small(Term::kSmallMax);
  const Term least = Term::small(Term::kSmallMin);
  EXPECT_EQ(run(add, most, i(1)), "4611686018427387904");
  EXPECT_EQ(subtract(context_, add(context_, most, i(1)), i(1)), most);
  EXPECT_EQ(run(subtract, least, i(1)), "-4611686018427387905");
  EXPECT_EQ(run(multiply, least, least), "21267647932558653966460912964485513216");
  EXPECT_EQ(run(multiply, most, i(-1)), "-4611686018427387903");
  EXPECT_EQ(run(multiply, least, i(-1)), "4611686018427387904");
  EXPECT_EQ(show(negate(context_, least)), "4611686018427387904");
  EXPECT_EQ(negate(context_, add(context_, most, i(1))), least);
  EXPECT_EQ(show(absolute(context_, least)), "4611686018427387904");
  EXPECT_EQ(run(floor_divide, least, i(-1)), "4611686018427387904");
  EXPECT_EQ(run(modulo, least, i(-1)), "0");
  EXPECT_EQ(run(shift_left, i(1), i(62)), "4611686018427387904");
  EXPECT_EQ(shift_left(context_, i(-1), i(62)), least);
  EXPECT_EQ(run(bit_and, two_to(80), i(-1)), "1208925819614629174706176");
}

TEST_F(Numbers, DivisionFloors) {
  for (const std::int64_t a : {-7, -6, -1, 0, 1, 6, 7}) {
    for (const std::int64_t b : {-3, -2, -1, 1, 2, 3}) {
      const auto expected = static_cast<std::int64_t>(std::floor(static_cast<double>(a) / static_cast<double>(b)));
      EXPECT_EQ(floor_divide(context_, i(a), i(b)), i(expected)) << a << " // " << b;
      EXPECT_EQ(modulo(context_, i(a), i(b)), i(a - expected * b)) << a << " % " << b;
      EXPECT_EQ(run(divmod_, i(a), i(b)), print(heap_.tuple(i(expected), i(a - expected * b))));
      const Term real = floor_divide(context_, f(static_cast<double>(a)), i(b));
      EXPECT_EQ(float_value(real), static_cast<double>(expected)) << a << " // " << b;
    }
  }
  EXPECT_EQ(run(floor_divide, i("-100000000000000000000000000000"), i(7)), "-14285714285714285714285714286");
  EXPECT_EQ(run(modulo, i("-100000000000000000000000000000"), i(7)), "2");
  EXPECT_EQ(run(modulo, f(-1.0), f(kInfinity)), "inf");
  EXPECT_EQ(run(floor_divide, f(-0.0), i(1)), "-0.0");
}

TEST_F(Numbers, ErrorsAreThoseOfCPython) {
  EXPECT_EQ(run(true_divide, i(1), i(0)), "ZeroDivisionError: division by zero");
  EXPECT_EQ(run(true_divide, f(1), i(0)), "ZeroDivisionError: float division by zero");
  EXPECT_EQ(run(floor_divide, i(1), Term::boolean(false)), "ZeroDivisionError: integer division or modulo by zero");
  EXPECT_EQ(run(floor_divide, f(1), i(0)), "ZeroDivisionError: float floor division by zero");
  EXPECT_EQ(run(modulo, i(1), i(0)), "ZeroDivisionError: integer modulo by zero");
  EXPECT_EQ(run(modulo, i(1), f(0)), "ZeroDivisionError: float modulo");
  EXPECT_EQ(run(divmod_, f(1), i(0)), "ZeroDivisionError: float divmod()");
  EXPECT_EQ(run(shift_left, i(1), i(-1)), "ValueError: negative shift count");
  EXPECT_EQ(run(shift_right, i(1), i("-99999999999999999999")), "ValueError: negative shift count");
  EXPECT_EQ(run(add, two_to(1100), f(1)), "OverflowError: int too large to convert to float");
  EXPECT_EQ(run(true_divide, two_to(1100), i(1)), "OverflowError: integer division result too large for a float");
  EXPECT_EQ(show(power(context_, f(2), i(10'000))), "OverflowError: (34, 'Numerical result out of range')");
  EXPECT_EQ(show(power(context_, i(0), i(-1))), "ZeroDivisionError: 0.0 cannot be raised to a negative power");
  EXPECT_EQ(show(power(context_, i(-8), f(0.5))).substr(0, 12), "ValueError: ");
  EXPECT_EQ(show(power(context_, i(2), i(3), i(0))), "ValueError: pow() 3rd argument cannot be 0");
  EXPECT_EQ(show(power(context_, i(2), i(-1), i(4))), "ValueError: base is not invertible for the given modulus");
  EXPECT_EQ(show(isqrt(context_, i(-1))), "ValueError: isqrt() argument must be nonnegative");
  EXPECT_EQ(show(to_int(context_, f(std::nan("")))), "ValueError: cannot convert float NaN to integer");
  EXPECT_EQ(show(round_(context_, f(kInfinity))), "OverflowError: cannot convert float infinity to integer");
}

TEST_F(Numbers, WhatIsNoNumberIsLeftToTheCaller) {
  for (const Term other : {heap_.make_string("1"), Term::none(), heap_.make_list({}), heap_.make_string("a long string")}) {
    for (const auto op : {add, subtract, multiply, true_divide, floor_divide, modulo, shift_left, bit_and, divmod_, gcd}) {
      EXPECT_EQ(run(op, i(1), other), "not mine");
      EXPECT_EQ(run(op, other, f(1)), "not mine");
    }
    for (const auto op : {negate, plus, invert, absolute, to_int, round_}) EXPECT_EQ(show(op(context_, other)), "not mine");
  }
  EXPECT_EQ(run(bit_and, i(1), f(1)), "not mine");
  EXPECT_EQ(run(shift_left, f(1), i(1)), "not mine");
}

TEST_F(Numbers, BoolsAreIntsButForTheirOwnBits) {
  const Term yes = Term::boolean(true);
  EXPECT_EQ(run(add, yes, yes), "2");
  EXPECT_EQ(run(bit_and, yes, Term::boolean(false)), "False");
  EXPECT_EQ(run(bit_xor, yes, i(2)), "3");
  EXPECT_EQ(show(plus(context_, yes)), "1");
  EXPECT_EQ(show(negate(context_, yes)), "-1");
  EXPECT_EQ(show(invert(context_, yes)), "-2");
}

TEST_F(Numbers, BigBitsAreTwosComplement) {
  EXPECT_EQ(run(bit_and, i("-18446744073709551617"), i("36893488147419103231")), "18446744073709551615");
  EXPECT_EQ(run(bit_or, i("-18446744073709551617"), i(1)), "-18446744073709551617");
  EXPECT_EQ(run(bit_xor, i("18446744073709551616"), i(-1)), "-18446744073709551617");
  EXPECT_EQ(run(shift_right, i("-18446744073709551617"), i(64)), "-2");
  EXPECT_EQ(run(shift_right, i(-5), i("99999999999999999999")), "-1");
  EXPECT_EQ(show(bit_length(context_, two_to(100))), "101");
}

TEST_F(Numbers, NothingIsMadeThatIsTooLarge) {
  EXPECT_EQ(run(shift_left, i(1), i(std::int64_t{1} << 40)), "MemoryError: ");
  EXPECT_EQ(run(shift_left, i(1), i("99999999999999999999")), "OverflowError: too many digits in integer");
  EXPECT_EQ(run(shift_left, i(0), i("99999999999999999999")), "0");
  EXPECT_EQ(show(power(context_, i(10), i(std::int64_t{1} << 40))), "MemoryError: ");
  EXPECT_EQ(show(power(context_, i(-1), i("99999999999999999999"))), "-1");
  EXPECT_EQ(show(round_to(context_, i(5), i("-99999999999999999999"))), "0");
}

TEST_F(Numbers, DivisionOfIntsIsRoundedOnce) {
  EXPECT_EQ(run(true_divide, two_to(2000), two_to(1990)), "1024.0");
  EXPECT_EQ(run(true_divide, i("9007199254740993"), i(1)), "9007199254740992.0");
  EXPECT_EQ(run(true_divide, i("9007199254740995"), i(1)), "9007199254740996.0");
  EXPECT_EQ(run(true_divide, i(-1), two_to(1074)), "-5e-324");
  EXPECT_EQ(run(true_divide, i(1), two_to(1075)), "0.0");
  EXPECT_EQ(run(true_divide, i(3), two_to(1076)), "5e-324");
  EXPECT_EQ(run(true_divide, i(0), i(-3)), "-0.0");
}

TEST_F(Numbers, FloatsAreRoundedByTheirExactValue) {
  EXPECT_EQ(show(round_to(context_, f(2.675), i(2))), "2.67");
  EXPECT_EQ(show(round_to(context_, f(0.5), i(0))), "0.0");
  EXPECT_EQ(show(round_to(context_, f(-1250.0), i(-2))), "-1200.0");
  EXPECT_EQ(show(round_to(context_, f(1.7e308), i(-308))), "OverflowError: rounded value too large to represent");
  EXPECT_EQ(show(round_to(context_, f(99.0), i(-2))), "100.0");
  EXPECT_EQ(show(round_(context_, f(2.5))), "2");
  EXPECT_EQ(show(round_(context_, f(-3.5))), "-4");
  EXPECT_EQ(show(round_(context_, f(0.49999999999999994))), "0");
  EXPECT_EQ(show(round_to(context_, i(25), i(-1))), "20");
  EXPECT_EQ(show(floor_(context_, f(-1e20))), "-100000000000000000000");
  EXPECT_EQ(show(as_integer_ratio(context_, f(-0.75))), "(-3, 4)");
}

TEST_F(Numbers, TextsAreReadAsPythonReadsThem) {
  EXPECT_EQ(show(int_from_text(context_, " \xc2\xa0-1_000\n")), "-1000");
  EXPECT_EQ(show(int_from_text(context_, "0x_fF", 0)), "255");
  EXPECT_EQ(show(int_from_text(context_, "0b11", 16)), "2833");
  EXPECT_EQ(show(int_from_text(context_, "00", 0)), "0");
  EXPECT_EQ(show(int_from_text(context_, "010", 0)), "ValueError: invalid literal for int() with base 0: '010'");
  for (const std::string_view wrong : {"", "1__0", "_1", "1_", "- 1", "0x1", "one"}) {
    EXPECT_EQ(show(int_from_text(context_, wrong)),
              "ValueError: invalid literal for int() with base 10: '" + std::string(wrong) + "'");
  }
  EXPECT_EQ(show(int_from_text(context_, "1", 37)), "ValueError: int() base must be >= 2 and <= 36, or 0");
  EXPECT_EQ(show(int_from_text(context_, std::string(4301, '1'))).substr(0, 45), "ValueError: Exceeds the limit (4300 digits) f");
  EXPECT_EQ(show(float_from_text(context_, " 1_0.5e1_0 ")), "105000000000.0");
  EXPECT_EQ(show(float_from_text(context_, "-Infinity")), "-inf");
  EXPECT_EQ(show(float_from_text(context_, "1e400")), "inf");
  EXPECT_EQ(show(float_from_text(context_, "-1e-400")), "-0.0");
  EXPECT_EQ(show(float_from_text(context_, "0x1p3")), "ValueError: could not convert string to float: '0x1p3'");
}

TEST_F(Numbers, DigitsReadBackAsTheNumber) {
  Term number = i(1);
  for (int step = 0; step < 300; ++step) {
    number = add(context_, multiply(context_, number, i(step % 2 == 0 ? -37 : 91)), i(step));
    for (const unsigned base : {2u, 8u, 10u, 16u, 32u, 36u}) {
      const std::optional<std::string> text = int_to_text(context_, number, base);
      ASSERT_TRUE(text.has_value());
      ASSERT_TRUE(equal_exact(int_from_text(context_, *text, base), number)) << *text;
    }
  }
  EXPECT_EQ(int_to_text(context_, power(context_, i(10), i(5000))), std::nullopt);
}

}  // namespace
}  // namespace pyvm::vm
