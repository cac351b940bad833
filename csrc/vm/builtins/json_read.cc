// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// json.loads: the values that CPython's json reads, and its errors with their places.
#include <algorithm>
#include <limits>

#include "term/change.h"
#include "vm/builtins/tables.h"
#include "vm/codec.h"
#include "vm/exceptions.h"
#include "vm/format.h"
#include "vm/numbers.h"
#include "vm/text.h"

namespace pyvm::vm {

namespace {

using Arguments = std::span<const Term>;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_high_surrogate(unsigned unit) { return unit >= 0xd800 && unit < 0xdc00; }
bool is_low_surrogate(unsigned unit) { return unit >= 0xdc00 && unit < 0xe000; }

/// Reads one value. What gives nothing has raised.
class Reader {
 public:
  Reader(Context& context, std::string_view text) : context_(context), text_(text) {}

  Term read_document() {
    skip_space();
    const Term value = read();
    if (value.is_nothing()) return value;
    skip_space();
    return at_ == text_.size() ? value : fail("Extra data", at_);
  }

 private:
  static constexpr unsigned kMostDepth = 990;  // about CPython's, which counts its own calls besides

  /// A JSONDecodeError at a place in bytes.
  Term fail(const char* message, std::size_t place) {
    const std::string_view before = text_.substr(0, place);
    const std::size_t position = count_code_points(before), line_start = before.rfind('\n') + 1;
    const std::string text = std::string(message) + ": line " + std::to_string(std::ranges::count(before, '\n') + 1) +
                             " column " + std::to_string(count_code_points(before.substr(line_start)) + 1) + " (char " +
                             std::to_string(position) + ")";
    return context_.raise(context_.heap.make_exception("json.decoder", "JSONDecodeError", text));
  }

  bool fails(const char* message, std::size_t place) {
    fail(message, place);
    return false;
  }

  bool is_at(char c) const { return at_ < text_.size() && text_[at_] == c; }
  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) ++at_;
  }
  bool take_word(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  Term read() {
    if (at_ == text_.size()) return fail("Expecting value", at_);
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    switch (text_[at_]) {
      case '"':
        return read_string();
      case '{':
        return deeper("object", &Reader::read_object);
      case '[':
        return deeper("array", &Reader::read_array);
      case 'n':
        return take_word("null") ? Term::none() : fail("Expecting value", at_);
      case 't':
        return take_word("true") ? Term::boolean(true) : fail("Expecting value", at_);
      case 'f':
        return take_word("false") ? Term::boolean(false) : fail("Expecting value", at_);
      case 'N':
        return take_word("NaN") ? context_.heap.make_float(std::numeric_limits<double>::quiet_NaN())
                                : fail("Expecting value", at_);
      case 'I':
        return take_word("Infinity") ? context_.heap.make_float(kInfinity) : fail("Expecting value", at_);
      default:
        return take_word("-Infinity") ? context_.heap.make_float(-kInfinity) : read_number();
    }
  }

  Term deeper(const char* what, Term (Reader::*read_it)()) {
    if (depth_ == kMostDepth)
      return context_.raise("RecursionError", std::string("maximum recursion depth exceeded while decoding a JSON ") + what +
                                                  " from a unicode string");
    ++depth_;
    ++at_;
    const Term value = (this->*read_it)();
    --depth_;
    return value;
  }

  Term read_object() {
    std::vector<Term> pairs;
    skip_space();
    while (!is_at('}')) {
      if (!is_at('"')) return fail("Expecting property name enclosed in double quotes", at_);
      pairs.push_back(read_string());
      if (pairs.back().is_nothing()) return Term();
      skip_space();
      if (!is_at(':')) return fail("Expecting ':' delimiter", at_);
      ++at_;
      skip_space();
      pairs.push_back(read());
      if (pairs.back().is_nothing()) return Term();
      skip_space();
      if (is_at('}')) break;
      if (!is_at(',')) return fail("Expecting ',' delimiter", at_);
      ++at_;
      skip_space();
      if (is_at('}')) return fail("Expecting property name enclosed in double quotes", at_);
    }
    ++at_;
    return context_.heap.make_dict(std::span<const Term>(pairs));
  }

  Term read_array() {
    std::vector<Term> items;
    skip_space();
    while (!is_at(']')) {
      if (!items.empty()) {
        if (!is_at(',')) return fail("Expecting ',' delimiter", at_);
        ++at_;
        skip_space();
      }
      items.push_back(read());
      if (items.back().is_nothing()) return Term();
      skip_space();
    }
    ++at_;
    return context_.heap.make_list(items);
  }

  Term read_number() {
    const std::size_t begin = at_;
    std::size_t end = at_ + is_at('-');
    const auto digit_at = [&](std::size_t place) { return place < text_.size() && is_digit(text_[place]); };
    const auto skip_digits = [&] {
      while (digit_at(end)) ++end;
    };
    if (!digit_at(end)) return fail("Expecting value", begin);
    if (text_[end] == '0') {
      ++end;
    } else {
      skip_digits();
    }
    bool is_whole = true;
    if (end < text_.size() && text_[end] == '.' && digit_at(end + 1)) {
      is_whole = false;
      ++end;
      skip_digits();
    }
    if (end < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
      const std::size_t sign = end + 1 < text_.size() && (text_[end + 1] == '+' || text_[end + 1] == '-');
      if (digit_at(end + 1 + sign)) {
        is_whole = false;
        end += 1 + sign;
        skip_digits();
      }
    }
    at_ = end;
    const std::string_view number = text_.substr(begin, end - begin);
    return is_whole ? int_from_text(context_, number) : float_from_text(context_, number);
  }

  /// At a quote.
  Term read_string() {
    const std::size_t begin = at_++;
    std::size_t plain = at_;  // what is copied as it stands begins here
    std::string made;
    for (;;) {
      while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' && static_cast<unsigned char>(text_[at_]) >= 0x20)
        ++at_;
      if (at_ == text_.size()) return fail("Unterminated string starting at", begin);
      if (static_cast<unsigned char>(text_[at_]) < 0x20) return fail("Invalid control character at", at_);
      const std::string_view before = text_.substr(plain, at_ - plain);
      if (text_[at_] == '"') {
        ++at_;
        return make_text(context_, made.empty() ? before : made.append(before));
      }
      made += before;
      if (!read_escape(begin, made)) return Term();
      plain = at_;
    }
  }

  /// At a backslash, of a string that began at `begin`. False: it raised.
  bool read_escape(std::size_t begin, std::string& made) {
    const std::size_t backslash = at_;
    if (++at_ == text_.size()) return fails("Unterminated string starting at", begin);
    const char letter = text_[at_++];
    constexpr std::string_view kLetters = "\"\\/bfnrt", kMeant = "\"\\/\b\f\n\r\t";
    if (letter == 'u') return read_unicode(backslash, made);
    const std::size_t known = kLetters.find(letter);
    if (known == std::string_view::npos) return fails("Invalid \\escape", backslash);
    made += kMeant[known];
    return true;
  }

  /// Four digits in hexadecimal at `place`, or nothing.
  std::optional<unsigned> hex_at(std::size_t place) const {
    unsigned value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const char c = place + i < text_.size() ? text_[place + i] : '\0';
      if (!is_digit(c) && !(c >= 'a' && c <= 'f') && !(c >= 'A' && c <= 'F')) return {};
      value = value * 16 + static_cast<unsigned>(is_digit(c) ? c - '0' : (c | 32) - 'a' + 10);
    }
    return value;
  }

  /// Behind \u. As in CPython, whose string does not end behind the digits.
  bool read_unicode(std::size_t backslash, std::string& made) {
    std::optional<unsigned> unit = hex_at(at_);
    if (!unit || at_ + 4 >= text_.size()) return fails("Invalid \\uXXXX escape", backslash + 1);
    at_ += 4;
    char32_t code_point = *unit;
    if (is_high_surrogate(*unit) && at_ + 6 < text_.size() && text_.substr(at_).starts_with("\\u")) {
      unit = hex_at(at_ + 2);
      if (!unit) return fails("Invalid \\uXXXX escape", at_ + 1);
      if (is_low_surrogate(*unit)) {
        code_point = 0x10000 + ((code_point - 0xd800) << 10) + (*unit - 0xdc00);
        at_ += 6;
      }
    }
    if (code_point >= 0xd800 && code_point < 0xe000) {
      raise_surrogate(context_);
      return false;
    }
    encode_utf8(made, code_point);
    return true;
  }

  Context& context_;
  std::string_view text_;
  std::size_t at_ = 0;
  unsigned depth_ = 0;
};

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

/// s
Term run_loads(Context& context, Arguments arguments) {
  Term source = arguments[0];
  if (is_binary(source)) {
    const std::string_view bytes = bytes_view(source);
    // JSON begins with two ASCII characters, so zeros or marks tell UTF-16 and UTF-32.
    if (bytes.substr(0, 4).find('\0') != std::string_view::npos || bytes.starts_with("\xfe\xff") || bytes.starts_with("\xff\xfe"))
      return context.raise("ValueError", "bytes in UTF-16 or UTF-32 are not read here: decode them first");
    const Term without_mark = bytes.starts_with(kByteOrderMark) ? part_of_bytes(context, source, bytes.substr(3)) : source;
    source = decode(context, without_mark, Term(), Term());
    if (source.is_nothing()) return source;
  } else if (!is_string(source)) {
    return context.raise("TypeError", "the JSON object must be str, bytes or bytearray, not " + type_name(source));
  }
  const std::string_view text = string_view_of(source);
  context.charge(text.size() / 4);
  if (text.starts_with(kByteOrderMark))
    return context.raise(context.heap.make_exception("json.decoder", "JSONDecodeError",
                                                     "Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)"));
  return Reader(context, text).read_document();
}

constexpr Builtin kFunctions[] = {{"json.loads", "s", run_loads}};

}  // namespace

std::span<const Builtin> json_read_functions() { return kFunctions; }

}  // namespace pyvm::vm
