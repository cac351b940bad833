// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// base64 and binascii: bytes as letters. Source: RFC 4648; errors and what is passed over are CPython's.
#include <algorithm>
#include <array>
#include <optional>

#include "term/change.h"
#include "vm/builtins/lookup.h"
#include "vm/builtins/tables.h"
#include "vm/exceptions.h"
#include "vm/format.h"
#include "vm/items.h"
#include "vm/text.h"

namespace pyvm::vm {

namespace {

using Arguments = std::span<const Term>;

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::string_view kBase32Hex = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
constexpr std::string_view kHexDigits = "0123456789abcdef";

/// binascii.Error
Term raise_error(Context& context, std::string_view text) {
  return context.raise(context.heap.make_exception("binascii", "Error", text));
}

bool is_given(Term argument) { return !argument.is_nothing() && !argument.is_none(); }
bool is_given_true(Term argument) { return !argument.is_nothing() && is_truthy(resolve(argument)); }

/// Bytes, or the error of a buffer that is none.
bool read_bytes(Context& context, const Term& source, std::string_view* bytes) {
  if (is_binary(source)) {
    *bytes = bytes_view(source);
    context.charge(bytes->size() / 4);
    return true;
  }
  context.raise("TypeError", "a bytes-like object is required, not '" + type_name(source) + "'");
  return false;
}

/// Bytes or an ASCII string; `wanted` begins the error for anything else.
bool read_letters(Context& context, const Term& source, const char* wanted, std::string_view* letters) {
  if (is_binary(source)) {
    *letters = bytes_view(source);
  } else if (!is_string(source)) {
    context.raise("TypeError", std::string(wanted) + ", not '" + type_name(source) + "'");
    return false;
  } else if (!is_ascii(source)) {
    context.raise("ValueError", "string argument should contain only ASCII characters");
    return false;
  } else {
    *letters = string_view_of(source);
  }
  context.charge(letters->size() / 4);
  return true;
}
constexpr const char* kOfBase64 = "argument should be a bytes-like object or ASCII string";
constexpr const char* kOfBinascii = "argument should be bytes, buffer or ASCII string";

/// Two letters in place of '+' and '/'.
bool read_alternatives(Context& context, const Term& source, std::string* alternatives) {
  std::string_view letters;
  if (!is_given(source)) return true;
  if (!read_letters(context, source, kOfBase64, &letters)) return false;
  *alternatives = letters;
  if (letters.size() == 2) return true;
  const Term shown = repr_of(context, make_bytes(context, letters));
  raise_exception(context, "AssertionError", {&shown, 1});
  return false;
}

std::string to_base64(std::string_view bytes, std::string_view alternatives) {
  std::string letters;
  letters.reserve((bytes.size() + 2) / 3 * 4);
  const auto letter = [&](unsigned value) {
    return value >= 62 && !alternatives.empty() ? alternatives[value - 62] : kBase64[value];
  };
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t place) {
      return place < bytes.size() ? static_cast<unsigned>(static_cast<unsigned char>(bytes[place])) : 0u;
    };
    const unsigned group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    const std::size_t present = std::min<std::size_t>(bytes.size() - i, 3);
    for (std::size_t k = 0; k < 4; ++k) letters += k <= present ? letter((group >> (18 - 6 * k)) & 63) : '=';
  }
  return letters;
}

/// The value of each letter of an alphabet, 255 for all others.
constexpr std::array<unsigned char, 256> values_of(std::string_view alphabet) {
  std::array<unsigned char, 256> values{};
  values.fill(255);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<unsigned char>(i);
  return values;
}

/// Letters to bytes. Without `strict` what is no letter is passed over.
class Base64Decoder {
 public:
  Base64Decoder(Context& context, std::string_view letters, bool strict)
      : context_(context), letters_(letters), strict_(strict) {}

  std::optional<std::string> decode() {
    if (strict_ && letters_.starts_with('=')) return fail("Leading padding not allowed");
    for (std::size_t i = 0; i < letters_.size(); ++i) {
      if (letters_[i] == '=') {
        padding_ = true;
        if (in_group_ >= 2 && in_group_ + ++pads_ >= 4) {  // the end
          if (strict_ && i + 1 < letters_.size()) return fail("Excess data after padding");
          return std::move(bytes_);
        }
        continue;
      }
      static constexpr auto kValues = values_of(kBase64);
      const unsigned value = kValues[static_cast<unsigned char>(letters_[i])];
      if (value > 63) {
        if (strict_) return fail("Only base64 data is allowed");
        continue;
      }
      if (strict_ && padding_) return fail("Discontinuous padding not allowed");
      add(value);
    }
    if (in_group_ == 0) return std::move(bytes_);
    if (in_group_ > 1) return fail("Incorrect padding");
    return fail("Invalid base64-encoded string: number of data characters (" + std::to_string(bytes_.size() / 3 * 4 + 1) +
                ") cannot be 1 more than a multiple of 4");
  }

 private:
  std::optional<std::string> fail(std::string_view text) {
    raise_error(context_, text);
    return {};
  }
  void add(unsigned value) {
    pads_ = 0;
    rest_ = (rest_ << 6 | value) & 0xfff;
    if (in_group_ > 0) bytes_ += static_cast<char>(rest_ >> (6 - 2 * in_group_));
    in_group_ = (in_group_ + 1) % 4;
  }

  Context& context_;
  std::string_view letters_;
  bool strict_;
  bool padding_ = false;
  unsigned in_group_ = 0;  // letters of the group of four
  unsigned pads_ = 0;
  unsigned rest_ = 0;  // the last two letters
  std::string bytes_;
};

Term decoded_base64(Context& context, std::string_view letters, bool strict) {
  const std::optional<std::string> bytes = Base64Decoder(context, letters, strict).decode();
  return bytes ? make_bytes(context, *bytes) : Term();
}

/// s, altchars
Term run_b64encode(Context& context, Arguments arguments) {
  std::string_view bytes;
  std::string alternatives;
  if (!read_bytes(context, arguments[0], &bytes)) return Term();
  if (is_given(arguments[1])) {
    if (!is_binary(arguments[1]) && !is_string(arguments[1]))
      return context.raise("TypeError", "object of type '" + type_name(arguments[1]) + "' has no len()");
    if (!read_alternatives(context, arguments[1], &alternatives)) return Term();
  }
  return make_bytes(context, to_base64(bytes, alternatives));
}
Term run_urlsafe_b64encode(Context& context, Arguments arguments) {
  std::string_view bytes;
  return read_bytes(context, arguments[0], &bytes) ? make_bytes(context, to_base64(bytes, "-_")) : Term();
}

std::string replaced(std::string_view letters, std::string_view from, std::string_view to) {
  std::string made(letters);
  for (char& letter : made) {
    const std::size_t place = from.rfind(letter);
    if (place != std::string_view::npos) letter = to[place];
  }
  return made;
}

/// s, altchars, validate
Term run_b64decode(Context& context, Arguments arguments) {
  std::string_view letters;
  std::string alternatives;
  if (!read_letters(context, arguments[0], kOfBase64, &letters) || !read_alternatives(context, arguments[1], &alternatives))
    return Term();
  const bool strict = is_given_true(arguments[2]);
  if (alternatives.empty()) return decoded_base64(context, letters, strict);
  return decoded_base64(context, replaced(letters, alternatives, "+/"), strict);
}
Term run_standard_b64decode(Context& context, Arguments arguments) {
  std::string_view letters;
  return read_letters(context, arguments[0], kOfBase64, &letters) ? decoded_base64(context, letters, false) : Term();
}
Term run_urlsafe_b64decode(Context& context, Arguments arguments) {
  std::string_view letters;
  if (!read_letters(context, arguments[0], kOfBase64, &letters)) return Term();
  return decoded_base64(context, replaced(letters, "-_", "+/"), false);
}

// Base 32: five bytes are eight letters.

std::string to_base32(std::string_view bytes, std::string_view alphabet) {
  std::string letters;
  for (std::size_t i = 0; i < bytes.size(); i += 5) {
    const std::size_t present = std::min<std::size_t>(bytes.size() - i, 5);
    std::uint64_t group = 0;
    for (std::size_t k = 0; k < 5; ++k) group = group << 8 | (k < present ? static_cast<unsigned char>(bytes[i + k]) : 0);
    const std::size_t used = (8 * present + 4) / 5;
    for (std::size_t k = 0; k < 8; ++k) letters += k < used ? alphabet[(group >> (35 - 5 * k)) & 31] : '=';
  }
  return letters;
}

template <const std::string_view& kAlphabet>
Term run_b32encode(Context& context, Arguments arguments) {
  std::string_view bytes;
  if (!is_binary(arguments[0]))
    return context.raise("TypeError", "memoryview: a bytes-like object is required, not '" + type_name(arguments[0]) + "'");
  return read_bytes(context, arguments[0], &bytes) ? make_bytes(context, to_base32(bytes, kAlphabet)) : Term();
}

std::string upper(std::string_view letters) {
  std::string made(letters);
  for (char& letter : made) letter = letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 32) : letter;
  return made;
}

template <const std::string_view& kAlphabet>
Term decoded_base32(Context& context, std::string_view letters) {
  static constexpr auto kValues = values_of(kAlphabet);
  const std::size_t size = letters.size();
  while (letters.ends_with('=')) letters.remove_suffix(1);
  const std::size_t pads = size - letters.size();
  std::string bytes;
  std::uint64_t group = 0;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    if (i % 8 == 0) group = 0;
    const unsigned value = kValues[static_cast<unsigned char>(letters[i])];
    if (value > 31) return raise_error(context, "Non-base32 digit found");
    group = group << 5 | value;
    if (i % 8 != 7) continue;
    for (int shift = 32; shift >= 0; shift -= 8) bytes += static_cast<char>(group >> shift);
  }
  if (pads != 0 && pads != 1 && pads != 3 && pads != 4 && pads != 6) return raise_error(context, "Incorrect padding");
  if (pads > 0 && !letters.empty()) {
    group <<= 5 * pads;
    for (std::size_t k = 0; k < (43 - 5 * pads) / 8; ++k) bytes += static_cast<char>(group >> (32 - 8 * k));
  }
  return make_bytes(context, bytes);
}

/// s, casefold, map01 if there is one
template <const std::string_view& kAlphabet>
Term run_b32decode(Context& context, Arguments arguments) {
  std::string_view letters, one;
  if (!read_letters(context, arguments[0], kOfBase64, &letters)) return Term();
  if (letters.size() % 8 != 0) return raise_error(context, "Incorrect padding");
  std::string made(letters);
  if (arguments.size() > 2 && is_given(arguments[2])) {
    if (!read_letters(context, arguments[2], kOfBase64, &one)) return Term();
    if (one.size() != 1) {
      const Term shown = repr_of(context, make_bytes(context, one));
      return raise_exception(context, "AssertionError", {&shown, 1});
    }
    made = replaced(made, "01", "O" + std::string(one));
  }
  return decoded_base32<kAlphabet>(context, is_given_true(arguments[1]) ? upper(made) : made);
}

// Base 16.

std::string to_hex(std::string_view bytes) {
  std::string digits;
  digits.reserve(2 * bytes.size());
  for (const char c : bytes) {
    digits += kHexDigits[static_cast<unsigned char>(c) >> 4];
    digits += kHexDigits[static_cast<unsigned char>(c) & 15];
  }
  return digits;
}

Term run_b16encode(Context& context, Arguments arguments) {
  std::string_view bytes;
  return read_bytes(context, arguments[0], &bytes) ? make_bytes(context, upper(to_hex(bytes))) : Term();
}

Term decoded_hex(Context& context, std::string_view digits) {
  static constexpr auto kLower = values_of("0123456789abcdef"), kUpper = values_of("0123456789ABCDEF");
  if (digits.size() % 2 != 0) return raise_error(context, "Odd-length string");
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const auto digit = static_cast<unsigned char>(digits[i]);
    const unsigned value = std::min(kLower[digit], kUpper[digit]);
    if (value > 15) return raise_error(context, "Non-hexadecimal digit found");
    if (i % 2 == 0) {
      bytes += static_cast<char>(value << 4);
    } else {
      bytes.back() = static_cast<char>(static_cast<unsigned char>(bytes.back()) | value);
    }
  }
  return make_bytes(context, bytes);
}

/// s, casefold
Term run_b16decode(Context& context, Arguments arguments) {
  std::string_view letters;
  if (!read_letters(context, arguments[0], kOfBase64, &letters)) return Term();
  const std::string digits = is_given_true(arguments[1]) ? upper(letters) : std::string(letters);
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); };
  if (!std::ranges::all_of(digits, is_digit)) return raise_error(context, "Non-base16 digit found");
  return decoded_hex(context, digits);
}

Term run_unhexlify(Context& context, Arguments arguments) {
  std::string_view digits;
  return read_letters(context, arguments[0], kOfBinascii, &digits) ? decoded_hex(context, digits) : Term();
}

/// data, sep, bytes_per_sep
Term run_hexlify(Context& context, Arguments arguments) {
  std::string_view bytes;
  if (!read_bytes(context, arguments[0], &bytes)) return Term();
  if (arguments[1].is_nothing()) return make_bytes(context, to_hex(bytes));
  const KnownMethod* hex = find_method(arguments[0], "hex");
  const Term text = hex->method->run(context, arguments);
  return text.is_nothing() ? text : make_bytes(context, string_view_of(text));
}

/// data, newline
Term run_b2a_base64(Context& context, Arguments arguments) {
  std::string_view bytes;
  if (!read_bytes(context, arguments[0], &bytes)) return Term();
  const bool newline = arguments[1].is_nothing() || is_given_true(arguments[1]);
  return make_bytes(context, to_base64(bytes, {}) + (newline ? "\n" : ""));
}

/// data, strict_mode
Term run_a2b_base64(Context& context, Arguments arguments) {
  std::string_view letters;
  if (!read_letters(context, arguments[0], kOfBinascii, &letters)) return Term();
  return decoded_base64(context, letters, is_given_true(arguments[1]));
}

constexpr Builtin kFunctions[] = {
    {"base64.b16decode", "s, casefold=False", run_b16decode},
    {"base64.b16encode", "s", run_b16encode},
    {"base64.b32decode", "s, casefold=False, map01=None", run_b32decode<kBase32>},
    {"base64.b32encode", "s", run_b32encode<kBase32>},
    {"base64.b32hexdecode", "s, casefold=False", run_b32decode<kBase32Hex>},
    {"base64.b32hexencode", "s", run_b32encode<kBase32Hex>},
    {"base64.b64decode", "s, altchars=None, validate=False", run_b64decode},
    {"base64.b64encode", "s, altchars=None", run_b64encode},
    {"base64.standard_b64decode", "s", run_standard_b64decode},
    {"base64.standard_b64encode", "s",
     [](Context& context, Arguments arguments) {
       const Term both[] = {arguments[0], Term()};
       return run_b64encode(context, both);
     }},
    {"base64.urlsafe_b64decode", "s", run_urlsafe_b64decode},
    {"base64.urlsafe_b64encode", "s", run_urlsafe_b64encode},
    {"binascii.a2b_base64", "data, /, *, strict_mode=False", run_a2b_base64},
    {"binascii.a2b_hex", "hexstr, /", run_unhexlify},
    {"binascii.b2a_base64", "data, /, *, newline=True", run_b2a_base64},
    {"binascii.b2a_hex", "data, sep=None, bytes_per_sep=1", run_hexlify},
    {"binascii.hexlify", "data, sep=None, bytes_per_sep=1", run_hexlify},
    {"binascii.unhexlify", "hexstr, /", run_unhexlify},
};

}  // namespace

std::span<const Builtin> base64_functions() { return kFunctions; }

}  // namespace pyvm::vm
