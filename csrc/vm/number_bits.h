// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Bits of integers: as words, as bytes, as mantissa and exponent. No arithmetic, and so nothing of Boost.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "term/number.h"
#include "vm/context.h"

namespace pyvm::vm {

/// The magnitude of an int, least significant word first; the words are those of a big integer, or `word`.
std::span<const Word> magnitude(const Term& integer, Word* word);
bool is_negative(Term integer);
std::size_t bit_count(Term integer);
/// A positive big integer is about mantissa * 2^exponent, 0.5 <= mantissa < 1, rounded half to even.
double mantissa_of(Term big, std::int64_t* exponent);

enum class ByteOrder : std::uint8_t { Big, Little };

/// `size` bytes of two's complement, or without a sign; nothing when they do not hold it. A negative one needs `has_sign`.
std::optional<std::string> bytes_of_int(Term integer, std::size_t size, ByteOrder order, bool has_sign);
Term int_of_bytes(Context& context, std::string_view bytes, ByteOrder order, bool has_sign);

}  // namespace pyvm::vm
