// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "term/print_text.h"

#include <algorithm>
#include <cstdint>

#include "term/unicode.h"

namespace pyvm::print_detail {

namespace {

/// Broken text may give code points that Unicode has not.
bool is_printable(std::uint32_t code_point) {
  if (code_point < 0x7f) return code_point >= 0x20;
  return code_point < 0x110000 && has_unicode_flag(code_point, UnicodeFlag::Printable);
}

constexpr char kHex[] = "0123456789abcdef";

void append_hex(std::string& out, char letter, std::uint32_t value, unsigned digits) {
  out += '\\';
  out += letter;
  for (unsigned i = digits; i-- > 0;) out += kHex[(value >> (4 * i)) & 15];
}

/// The escapes that str and bytes share. False when `value` is none of them.
bool append_common_escape(std::string& out, std::uint32_t value, char quote) {
  char letter = 0;
  switch (value) {
    case '\\':
      letter = '\\';
      break;
    case '\n':
      letter = 'n';
      break;
    case '\r':
      letter = 'r';
      break;
    case '\t':
      letter = 't';
      break;
    default:
      if (value != static_cast<unsigned char>(quote)) return false;
      letter = quote;
  }
  out += '\\';
  out += letter;
  return true;
}

char quote_for(std::string_view text) {
  return text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos ? '"' : '\'';
}

/// Bytes of the code point that starts at `utf8`, which a broken text may not have in full.
std::size_t code_point_bytes(std::string_view utf8) {
  const auto first = static_cast<unsigned char>(utf8[0]);
  const std::size_t bytes = first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  return std::min(bytes, utf8.size());
}

std::uint32_t decode(std::string_view bytes) {
  const auto first = static_cast<unsigned char>(bytes[0]);
  if (bytes.size() == 1) return first;
  std::uint32_t code_point = first & (0xffu >> (bytes.size() + 1));
  for (const char c : bytes.substr(1)) code_point = (code_point << 6) | (static_cast<unsigned char>(c) & 0x3f);
  return code_point;
}

}  // namespace

void append_quoted(std::string& out, std::string_view utf8, std::size_t limit) {
  const char quote = quote_for(utf8);
  out += quote;
  while (!utf8.empty() && out.size() <= limit) {
    const std::string_view bytes = utf8.substr(0, code_point_bytes(utf8));
    utf8.remove_prefix(bytes.size());
    const std::uint32_t code_point = decode(bytes);
    if (append_common_escape(out, code_point, quote)) continue;
    if (is_printable(code_point)) {
      out += bytes;
    } else if (code_point < 0x100) {
      append_hex(out, 'x', code_point, 2);
    } else if (code_point < 0x10000) {
      append_hex(out, 'u', code_point, 4);
    } else {
      append_hex(out, 'U', code_point, 8);
    }
  }
  out += quote;
}

void append_quoted(std::string& out, std::span<const std::byte> bytes, std::size_t limit) {
  const char quote = quote_for({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  out += 'b';
  out += quote;
  for (const std::byte byte : bytes) {
    if (out.size() > limit) break;
    const auto value = static_cast<std::uint32_t>(byte);
    if (append_common_escape(out, value, quote)) continue;
    if (value >= 0x20 && value < 0x7f) {
      out += static_cast<char>(value);
    } else {
      append_hex(out, 'x', value, 2);
    }
  }
  out += quote;
}

void cut_at_code_point(std::string& text, std::size_t size) {
  if (text.size() <= size) return;
  while (size > 0 && (text[size] & 0xc0) == 0x80) --size;
  text.resize(size);
}

}  // namespace pyvm::print_detail
