// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// What the files of numbers.h share: operands, and big integers as cpp_int. Private to them.
#pragma once

#include <boost/multiprecision/cpp_int.hpp>

#include "vm/numbers.h"

namespace pyvm::vm::number_detail {

using Big = boost::multiprecision::cpp_int;
static_assert(sizeof(boost::multiprecision::limb_type) == sizeof(Word), "the limbs of a big integer are words");

enum class Kind : std::uint8_t { None, Small, Big, Float };

/// A number taken apart once: bools are small.
struct Operand {
  explicit Operand(Term term);
  bool is_int() const { return kind == Kind::Small || kind == Kind::Big; }

  Kind kind = Kind::None;
  Term term;
  std::int64_t small = 0;
  double real = 0;
};

Big big_of(const Operand& integer);
Term make_int(Context& context, const Big& value);
std::size_t bits_of(const Big& value);
/// Bits of the magnitude of an int.
std::size_t bits_of(const Operand& integer);

/// Words of a magnitude: what work on it is charged by.
inline std::size_t limbs_of(const Operand& integer) { return bits_of(integer) / 64 + 1; }
inline bool is_zero(const Operand& integer) { return integer.kind == Kind::Small && integer.small == 0; }

struct BigQuotient {
  Big quotient;
  Big remainder;
};
/// Rounded down; the right one is not zero.
BigQuotient floor_division(const Big& left, const Big& right);

/// mantissa * 2^exponent, rounded once, half to even; `rest` says that there is more behind the mantissa. Infinite when too large.
double to_real(Word mantissa, bool rest, std::int64_t exponent);
double to_real(const Big& value);
/// The float that stands for an operand, or nothing and an OverflowError.
std::optional<double> real_of(Context& context, const Operand& number);

Term raise_zero_division(Context& context, std::string_view text);
Term raise_no_memory(Context& context);

}  // namespace pyvm::vm::number_detail
