// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Term: one immutable value, in one 64-bit word.
//
//   bits                                       meaning
//   iiii...iiii iiii iii1                      small integer, 63 bits signed: -2^62 .. 2^62-1
//   ffff...ffff ffff ff10                      float with a common exponent, rotated so that two bits are free (see below)
//   pppp...pppp pppp p000                      boxed: address of a header word (boxed.h); 0 is "no term"
//   vvvv...vvvv kkkk k100                      immediate, kind k (5 bits), payload v (56 bits):
//     k =  0  constant    v: 0 None, 1 False, 2 True, 3 TIMEOUT
//     k =  1  atom        v: index in the atom table
//     k =  2  local pid   v: index (27 bits) and serial (29 bits), see Pid
//     k =  3  class       v: index in the record-class table; appears only as the first word of a record
//     k = 16..23  short string of k-16 UTF-8 bytes (0..7), the first byte lowest
//     other k are free
//
// T1  Equal immediate terms have equal bits, and a string of at most 7 bytes is always immediate.
// T2  An integer in -2^62 .. 2^62-1 is always small; a big (boxed) integer is always outside of it.
// T3  A float that fits the rotated form is always immediate; 0.0 is, -0.0, NaN, infinities and extreme exponents are boxed.
// T4  What a boxed term points to never changes once built, so terms may be read by any thread that holds their storage. The one
//     exception: lists, dicts and sets are changed by the process that has them to itself (change.h).
//
// Float: to a double whose bits 62..60 are 011 or 100 (magnitudes from about 1e-77 to 1e77) 2^60 is added, after which bits 62 and 61 are
// 10; rotated left by 3 these are the tag. The least of those doubles, 2^-255, is boxed, and its pattern stands for +0.0.
// Design: docs/design/terms.md.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/check.h"

namespace pyvm {

using Word = std::uint64_t;

/// The address of a process on this node. Never reused within 2^29 spawns on one slot of the process table.
class Pid {
 public:
  static constexpr unsigned kIndexBits = 27;
  static constexpr unsigned kSerialBits = 29;

  constexpr Pid() = default;
  constexpr Pid(std::uint32_t index, std::uint32_t serial) : value_((Word{serial} << kIndexBits) | index) {}
  static constexpr Pid from_value(Word value) {
    Pid pid;
    pid.value_ = value;
    return pid;
  }

  constexpr std::uint32_t index() const { return static_cast<std::uint32_t>(value_ & ((Word{1} << kIndexBits) - 1)); }
  constexpr std::uint32_t serial() const { return static_cast<std::uint32_t>(value_ >> kIndexBits); }
  constexpr Word value() const { return value_; }
  constexpr explicit operator bool() const { return value_ != 0; }
  constexpr bool operator==(const Pid&) const = default;
  constexpr auto operator<=>(const Pid&) const = default;

 private:
  Word value_ = 0;  // 0 is no process: the table never hands out slot 0
};

class Term {
 public:
  static constexpr Word kImmediateTag = 0b100;
  static constexpr std::int64_t kSmallMax = (std::int64_t{1} << 62) - 1;
  static constexpr std::int64_t kSmallMin = -(std::int64_t{1} << 62);
  static constexpr std::size_t kShortStringMax = 7;

  constexpr Term() = default;
  static constexpr Term from_bits(Word bits) { return Term(bits); }
  constexpr Word bits() const { return bits_; }
  /// Same bits, not the same value: boxed terms of equal value differ.
  constexpr bool operator==(const Term&) const = default;

  constexpr bool is_nothing() const { return bits_ == 0; }
  constexpr bool is_boxed() const { return (bits_ & 7) == 0 && bits_ != 0; }
  constexpr bool is_immediate() const { return (bits_ & 7) != 0; }

  // Constants.
  static constexpr Term none() { return immediate(0, 0); }
  static constexpr Term boolean(bool value) { return immediate(0, value ? 2 : 1); }
  static constexpr Term timeout() { return immediate(0, 3); }
  constexpr bool is_none() const { return *this == none(); }
  constexpr bool is_bool() const { return *this == boolean(false) || *this == boolean(true); }
  constexpr bool is_true() const { return *this == boolean(true); }
  constexpr bool is_timeout() const { return *this == timeout(); }

  // Small integers.
  static constexpr bool fits_small(std::int64_t value) { return value >= kSmallMin && value <= kSmallMax; }
  static constexpr Term small(std::int64_t value) { return Term((static_cast<Word>(value) << 1) | 1); }
  constexpr bool is_small() const { return (bits_ & 1) != 0; }
  constexpr std::int64_t unchecked_small() const { return static_cast<std::int64_t>(bits_) >> 1; }

  // Immediate floats.
  constexpr bool is_short_float() const { return (bits_ & 3) == 2; }
  /// The immediate form of `value`, or nothing when it needs a box.
  static Term try_short_float(double value);
  /// The same, when it has one.
  static bool pack(double value, Term& packed);
  double unchecked_short_float() const;

  // Atoms, pids, record classes.
  static constexpr Term atom(std::uint32_t index) { return immediate(1, index); }
  constexpr bool is_atom() const { return immediate_kind_is(1); }
  constexpr std::uint32_t unchecked_atom_index() const { return static_cast<std::uint32_t>(bits_ >> 8); }

  static constexpr Term pid(Pid pid) { return immediate(2, pid.value()); }
  constexpr bool is_pid() const { return immediate_kind_is(2); }
  constexpr Pid unchecked_pid() const { return Pid::from_value(bits_ >> 8); }

  static constexpr Term record_class(std::uint32_t index) { return immediate(3, index); }
  constexpr bool is_record_class() const { return immediate_kind_is(3); }
  constexpr std::uint32_t unchecked_class_index() const { return static_cast<std::uint32_t>(bits_ >> 8); }

  // Short strings.
  static constexpr Term short_string(std::string_view utf8) {
    Word payload = 0;
    for (std::size_t i = 0; i < utf8.size(); ++i) payload |= Word{static_cast<unsigned char>(utf8[i])} << (8 * i);
    return immediate(static_cast<unsigned>(16 + utf8.size()), payload);
  }
  constexpr bool is_short_string() const { return (bits_ & 0b11000111) == 0b10000100; }
  constexpr std::size_t unchecked_short_size() const { return (bits_ >> 3) & 7; }
  /// The bytes of a short string; they live in `*this`, which must outlive the view (little-endian machines).
  std::string_view unchecked_short_view() const { return {reinterpret_cast<const char*>(&bits_) + 1, unchecked_short_size()}; }

  // Boxed terms: the header word is at boxed()[0]; boxed.h has the layouts.
  static Term boxed(const Word* header) { return Term(reinterpret_cast<Word>(header)); }
  const Word* boxed() const { return reinterpret_cast<const Word*>(bits_); }

 private:
  constexpr explicit Term(Word bits) : bits_(bits) {}
  static constexpr Term immediate(unsigned kind, Word payload) {
    return Term((payload << 8) | (Word{kind} << 3) | kImmediateTag);
  }
  constexpr bool immediate_kind_is(unsigned kind) const { return (bits_ & 0xff) == ((Word{kind} << 3) | kImmediateTag); }

  static constexpr Word kShortZero = 2;  // 0.0, in the place of a number so small that it gets a box
  static constexpr Word kFloatBias = Word{1} << 60;

  Word bits_ = 0;
};

static_assert(sizeof(Term) == sizeof(Word));

inline bool Term::pack(double value, Term& packed) {
  const Word raw = std::bit_cast<Word>(value);
  const Word bits = std::rotl(raw + kFloatBias, 3);
  packed = Term(bits);
  if ((bits & 3) == 2 && bits != kShortZero) [[likely]]
    return true;
  packed = Term(kShortZero);
  return raw == 0;
}

inline Term Term::try_short_float(double value) {
  Term packed;
  return pack(value, packed) ? packed : Term();
}

inline double Term::unchecked_short_float() const {
  if (bits_ == kShortZero) [[unlikely]]
    return 0.0;
  return std::bit_cast<double>(std::rotr(bits_, 3) - kFloatBias);
}

}  // namespace pyvm
