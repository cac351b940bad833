// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "vm/number_bits.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

namespace pyvm::vm {

std::span<const Word> magnitude(const Term& integer, Word* word) {
  if (is_box(integer, BoxKind::Big)) return {integer.boxed() + 1, arity_of(integer)};
  const std::int64_t value = integer.is_bool() ? integer.is_true() : integer.unchecked_small();
  *word = static_cast<Word>(value < 0 ? -value : value);
  return {word, 1};
}

bool is_negative(Term integer) {
  if (is_box(integer, BoxKind::Big)) return (header_flags(header_of(integer)) & box_flag::kNegative) != 0;
  return integer.is_small() && integer.unchecked_small() < 0;
}

std::size_t bit_count(Term integer) {
  Word word = 0;
  std::size_t count = 0;
  for (const Word limb : magnitude(integer, &word)) count += static_cast<std::size_t>(std::popcount(limb));
  return count;
}

double mantissa_of(Term big, std::int64_t* exponent) {
  constexpr int kDropped = 11;  // of 64 bits, for a mantissa of 53
  constexpr Word kHalf = Word{1} << (kDropped - 1);
  Word unused = 0;
  const std::span<const Word> limbs = magnitude(big, &unused);
  const Word highest = limbs.back();
  const int shift = std::countl_zero(highest);
  *exponent = static_cast<std::int64_t>(64 * limbs.size()) - shift;
  Word top = highest << shift;
  bool rest = false;
  if (limbs.size() > 1) {
    const Word next = limbs[limbs.size() - 2];
    if (shift > 0) top |= next >> (64 - shift);
    rest = (next << shift) != 0 || std::any_of(limbs.begin(), limbs.end() - 2, [](Word limb) { return limb != 0; });
  }
  const Word dropped = top & (2 * kHalf - 1);
  Word mantissa = top >> kDropped;
  if (dropped > kHalf || (dropped == kHalf && (rest || mantissa % 2 != 0))) ++mantissa;
  const double result = std::ldexp(static_cast<double>(mantissa), kDropped - 64);
  if (result < 1.0) return result;
  ++*exponent;
  return 0.5;
}

std::optional<std::string> bytes_of_int(Term integer, std::size_t size, ByteOrder order, bool has_sign) {
  Word word = 0;
  const std::span<const Word> limbs = magnitude(integer, &word);
  const bool negative = is_negative(integer);
  if (size == 0 && integer == Term::small(-1) && has_sign) return "";  // all bits of it are signs, as CPython sees it
  std::string bytes(size, '\0');
  // Little first. A negative one is what is left of 2^(8 * size): all bits turned, and one more.
  unsigned carry = negative ? 1 : 0;
  for (std::size_t i = 0; i < std::max(size, 8 * limbs.size()); ++i) {
    auto byte = static_cast<unsigned>(i / 8 < limbs.size() ? limbs[i / 8] >> (8 * (i % 8)) : 0) & 0xff;
    if (i >= size) {
      if (byte != 0) return std::nullopt;
      continue;
    }
    if (negative) byte = (byte ^ 0xff) + carry;
    carry = negative && byte > 0xff ? 1 : 0;
    bytes[i] = static_cast<char>(byte);
  }
  if (has_sign) {
    const bool looks_negative = size > 0 && (static_cast<unsigned char>(bytes.back()) & 0x80) != 0;
    const bool is_zero = std::ranges::all_of(limbs, [](Word limb) { return limb == 0; });
    if (looks_negative != negative && !is_zero) return std::nullopt;
  }
  if (order == ByteOrder::Big) std::ranges::reverse(bytes);
  return bytes;
}

Term int_of_bytes(Context& context, std::string_view bytes, ByteOrder order, bool has_sign) {
  std::vector<Word> limbs((bytes.size() + 7) / 8 + 1);
  const auto byte_at = [&](std::size_t i) {
    return static_cast<unsigned char>(order == ByteOrder::Little ? bytes[i] : bytes[bytes.size() - 1 - i]);
  };
  const bool negative = has_sign && !bytes.empty() && (byte_at(bytes.size() - 1) & 0x80) != 0;
  for (std::size_t i = 0; i < 8 * limbs.size(); ++i) {
    const unsigned byte = i < bytes.size() ? byte_at(i) : negative ? 0xff : 0;
    limbs[i / 8] |= Word{byte} << (8 * (i % 8));
  }
  bool carry = negative;
  for (Word& limb : limbs) {
    if (!negative) break;
    limb = ~limb + (carry ? 1 : 0);
    carry = carry && limb == 0;
  }
  context.charge(bytes.size() / 8);
  return context.heap.make_big(negative, limbs);
}

}  // namespace pyvm::vm
