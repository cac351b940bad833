// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "vm/codec.h"

#include <algorithm>
#include <string>

#include "vm/text.h"

namespace pyvm::vm {

namespace {

enum class Encoding : std::uint8_t { Utf8, Ascii, Latin1 };

struct EncodingName {
  std::string_view name;
  Encoding encoding;
};
constexpr EncodingName kNames[] = {
    {"utf_8", Encoding::Utf8},
    {"utf8", Encoding::Utf8},
    {"utf", Encoding::Utf8},
    {"u8", Encoding::Utf8},
    {"utf8_ucs2", Encoding::Utf8},
    {"utf8_ucs4", Encoding::Utf8},
    {"cp65001", Encoding::Utf8},
    {"ascii", Encoding::Ascii},
    {"us_ascii", Encoding::Ascii},
    {"us", Encoding::Ascii},
    {"646", Encoding::Ascii},
    {"iso646_us", Encoding::Ascii},
    {"ansi_x3.4_1968", Encoding::Ascii},
    {"latin_1", Encoding::Latin1},
    {"latin1", Encoding::Latin1},
    {"latin", Encoding::Latin1},
    {"l1", Encoding::Latin1},
    {"8859", Encoding::Latin1},
    {"cp819", Encoding::Latin1},
    {"iso8859", Encoding::Latin1},
    {"iso8859_1", Encoding::Latin1},
    {"iso_8859_1", Encoding::Latin1},
};

/// As Python's encodings package looks a name up: lower case, each run of other characters as one underscore.
std::string normalized(std::string_view name) {
  std::string out;
  bool gap = false;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.';
    if (letter && gap && !out.empty()) out += '_';
    if (letter) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    gap = !letter;
  }
  return out;
}

/// What cannot be converted: `size` units from `at` on.
struct Problem {
  std::size_t at = 0;
  std::size_t size = 0;
  std::string_view reason;
};

enum class Errors : std::uint8_t { Strict, Ignore, Replace, Backslash, XmlReference, Other };

Errors errors_named(std::string_view name) {
  if (name == "strict") return Errors::Strict;
  if (name == "ignore") return Errors::Ignore;
  if (name == "replace") return Errors::Replace;
  if (name == "backslashreplace") return Errors::Backslash;
  return name == "xmlcharrefreplace" ? Errors::XmlReference : Errors::Other;
}

void append_hex(std::string& out, std::string_view prefix, char32_t value, int digits) {
  out += prefix;
  while (digits-- > 0) out += "0123456789abcdef"[(value >> (4 * digits)) & 15];
}

void append_escape(std::string& out, char32_t code_point) {
  if (code_point < 0x100) return append_hex(out, "\\x", code_point, 2);
  if (code_point < 0x10000) return append_hex(out, "\\u", code_point, 4);
  append_hex(out, "\\U", code_point, 8);
}

/// UnicodeEncodeError or UnicodeDecodeError, with the five arguments of Python.
Term raise_problem(Context& context, std::string_view name, std::string_view codec, Term object, const Problem& problem,
                   const std::string& text) {
  TermBuilder& heap = context.heap;
  const Term args =
      heap.tuple(heap.make_string(codec), object, Term::small(static_cast<std::int64_t>(problem.at)),
                 Term::small(static_cast<std::int64_t>(problem.at + problem.size)), heap.make_string(problem.reason));
  return context.raise(heap.make_exception(
      {heap.make_string("builtins"), heap.make_string(name), args, heap.make_string(text), heap.make_list({})}));
}

std::string range_text(const Problem& problem) {
  return std::to_string(problem.at) + "-" + std::to_string(problem.at + problem.size - 1) + ": " + std::string(problem.reason);
}

/// A conversion under way.
struct Conversion {
  Context& context;
  Term source;
  Encoding encoding;
  std::string_view errors;
  std::string
      failure;  // what Python puts before an error that is not about the text itself, if it found the codec by its registry
  std::string out;

  std::string_view codec() const {
    return encoding == Encoding::Utf8 ? "utf-8" : encoding == Encoding::Ascii ? "ascii" : "latin-1";
  }
};

Term raise_failure(const Conversion& conversion, const std::string& kind, const std::string& text) {
  if (conversion.failure.empty()) return conversion.context.raise(kind, text);
  return conversion.context.raise(kind, conversion.failure + " (" + kind + ": " + text + ")");
}

Term raise_unknown_errors(const Conversion& conversion) {
  return raise_failure(conversion, "LookupError", "unknown error handler name '" + std::string(conversion.errors) + "'");
}

Term raise_encode_error(const Conversion& to, std::string_view utf8, const Problem& problem) {
  std::string text = "'" + std::string(to.codec()) + "' codec can't encode character";
  if (problem.size == 1) {
    text += " '";
    append_escape(text, code_point_at(utf8, byte_offset(utf8, problem.at)));
    text += "' in position " + std::to_string(problem.at) + ": " + std::string(problem.reason);
  } else {
    text += "s in position " + range_text(problem);
  }
  return raise_problem(to.context, "UnicodeEncodeError", to.codec(), to.source, problem, text);
}

/// Writes what stands for the code points in `bad`, or leaves an exception.
bool replace_unencodable(Conversion& to, std::string_view utf8, std::string_view bad) {
  const char32_t limit = to.encoding == Encoding::Ascii ? 128 : 256;
  const Problem problem{count_code_points(utf8.substr(0, static_cast<std::size_t>(bad.data() - utf8.data()))),
                        count_code_points(bad), limit == 128 ? "ordinal not in range(128)" : "ordinal not in range(256)"};
  const Errors errors = errors_named(to.errors);
  if (errors == Errors::Strict) raise_encode_error(to, utf8, problem);
  if (errors == Errors::Other) raise_unknown_errors(to);
  if (errors == Errors::Strict || errors == Errors::Other) return false;
  for (std::size_t at = 0; at < bad.size();) {
    const char32_t code_point = take_code_point(bad, at);
    if (errors == Errors::Replace) to.out += '?';
    if (errors == Errors::Backslash) append_escape(to.out, code_point);
    if (errors == Errors::XmlReference) to.out += "&#" + std::to_string(static_cast<std::uint32_t>(code_point)) + ";";
  }
  return true;
}

Term encode_narrow(Conversion to, std::string_view utf8) {
  const char32_t limit = to.encoding == Encoding::Ascii ? 128 : 256;
  for (std::size_t at = 0; at < utf8.size();) {
    const std::size_t first = at;
    const char32_t code_point = take_code_point(utf8, at);
    if (code_point < limit) {
      to.out += static_cast<char>(code_point);
      continue;
    }
    while (at < utf8.size() && code_point_at(utf8, at) >= limit) at += bytes_from(utf8[at]);
    if (!replace_unencodable(to, utf8, utf8.substr(first, at - first))) return Term();
  }
  return make_bytes(to.context, to.out);
}

constexpr std::string_view kInvalidStart = "invalid start byte";
constexpr std::string_view kInvalidContinuation = "invalid continuation byte";
constexpr std::string_view kUnexpectedEnd = "unexpected end of data";

/// Whether `byte` may follow `first` in well-formed UTF-8: no surrogates, nothing longer than needed, nothing above U+10FFFF.
bool may_follow(unsigned char first, unsigned char byte) {
  if ((byte & 0xc0) != 0x80) return false;
  if (first == 0xe0) return byte >= 0xa0;
  if (first == 0xed) return byte < 0xa0;
  if (first == 0xf0) return byte >= 0x90;
  return first != 0xf4 || byte < 0x90;
}

/// The bytes of the code point that begins at `at`: `size` of them, or what is wrong with them.
Problem check_utf8(std::string_view bytes, std::size_t at) {
  const auto first = static_cast<unsigned char>(bytes[at]);
  if (first < 0x80) return {at, 1, {}};
  if (first < 0xc2 || first > 0xf4) return {at, 1, kInvalidStart};
  const std::size_t needed = bytes_from(bytes[at]);
  for (std::size_t i = 1; i < needed; ++i) {
    if (at + i == bytes.size()) return {at, i, kUnexpectedEnd};
    const auto byte = static_cast<unsigned char>(bytes[at + i]);
    if (i == 1 ? !may_follow(first, byte) : (byte & 0xc0) != 0x80) return {at, i, kInvalidContinuation};
  }
  return {at, needed, {}};
}

Term raise_decode_error(const Conversion& from, std::string_view bytes, const Problem& problem) {
  std::string text = "'" + std::string(from.codec()) + "' codec can't decode byte";
  if (problem.size == 1) {
    append_hex(text, " 0x", static_cast<unsigned char>(bytes[problem.at]), 2);
    text += " in position " + std::to_string(problem.at) + ": " + std::string(problem.reason);
  } else {
    text += "s in position " + range_text(problem);
  }
  return raise_problem(from.context, "UnicodeDecodeError", from.codec(), from.source, problem, text);
}

/// Writes what stands for the bytes that cannot be decoded, or leaves an exception.
bool replace_undecodable(Conversion& from, std::string_view bytes, const Problem& problem) {
  switch (errors_named(from.errors)) {
    case Errors::Strict:
      raise_decode_error(from, bytes, problem);
      return false;
    case Errors::Ignore:
      return true;
    case Errors::Replace:
      encode_utf8(from.out, 0xfffd);
      return true;
    case Errors::Backslash:
      for (const char byte : bytes.substr(problem.at, problem.size))
        append_hex(from.out, "\\x", static_cast<unsigned char>(byte), 2);
      return true;
    case Errors::XmlReference:
      raise_failure(from, "TypeError", "don't know how to handle UnicodeDecodeError in error callback");
      return false;
    case Errors::Other:
      break;
  }
  raise_unknown_errors(from);
  return false;
}

Term decode_latin1(Conversion from, std::string_view bytes) {
  for (const char byte : bytes) encode_utf8(from.out, static_cast<unsigned char>(byte));
  return make_text(from.context, from.out);
}

Term decode_checked(Conversion from, std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    Problem found = check_utf8(bytes, at);
    if (from.encoding == Encoding::Ascii && static_cast<unsigned char>(bytes[at]) >= 0x80) {
      found = {at, 1, "ordinal not in range(128)"};
    }
    if (found.reason.empty()) {
      from.out += bytes.substr(at, found.size);
    } else if (!replace_undecodable(from, bytes, found)) {
      return Term();
    }
    at += found.size;
  }
  return make_text(from.context, from.out);
}

/// Nothing after an exception.
std::optional<Encoding> read_encoding(Context& context, const Term& encoding) {
  const std::string_view name = encoding.is_nothing() ? "utf-8" : string_view_of(encoding);
  if (name.find('\0') != std::string_view::npos) {
    context.raise("ValueError", "embedded null character");
    return {};
  }
  const std::string key = normalized(name);
  const auto* found =
      std::find_if(std::begin(kNames), std::end(kNames), [&](const EncodingName& known) { return known.name == key; });
  if (found != std::end(kNames)) return found->encoding;
  context.raise("LookupError", "unknown encoding: " + std::string(name));
  return {};
}

/// Conversion::failure of the codec `name` after `doing`, "encoding" or "decoding".
std::string failure_of(std::string_view doing, const Term& name) {
  if (name.is_nothing()) return "";
  const std::string key = normalized(string_view_of(name));
  for (const std::string_view direct : {"utf_8", "utf8", "ascii", "us_ascii", "latin_1", "latin1", "iso_8859_1", "iso8859_1"}) {
    if (key == direct) return "";
  }
  return std::string(doing) + " with '" + std::string(string_view_of(name)) + "' codec failed";
}

/// Whether both are strings or left out; TypeError otherwise.
bool check_names(Context& context, const Term& encoding, const Term& errors, const std::string& function) {
  const auto check = [&](const Term& name, const std::string& parameter) {
    if (name.is_nothing() || is_string(name)) return true;
    context.raise("TypeError", function + " argument '" + parameter + "' must be str, not " + argument_type_name(name));
    return false;
  };
  return check(encoding, "encoding") && check(errors, "errors");
}

}  // namespace

Term encode(Context& context, const Term& string, const Term& encoding, const Term& errors) {
  if (!check_names(context, encoding, errors, "encode()")) return Term();
  const auto known = read_encoding(context, encoding);
  if (!known) return Term();
  const std::string_view utf8 = string_view_of(string);
  context.charge(utf8.size() / 8);
  if (*known == Encoding::Utf8 || is_ascii(string)) return make_bytes(context, utf8);
  return encode_narrow(
      {context, string, *known, errors.is_nothing() ? "strict" : string_view_of(errors), failure_of("encoding", encoding), {}},
      utf8);
}

Term decode(Context& context, const Term& bytes, const Term& encoding, const Term& errors) {
  if (!check_names(context, encoding, errors, "decode()")) return Term();
  if (bytes_view(bytes).empty()) return Term::short_string("");  // Python looks up nothing then
  const auto known = read_encoding(context, encoding);
  if (!known) return Term();
  const std::string_view view = bytes_view(bytes);
  context.charge(view.size() / 8);
  if (is_ascii(view)) return make_text(context, view);
  const Conversion from{
      context, bytes, *known, errors.is_nothing() ? "strict" : string_view_of(errors), failure_of("decoding", encoding), {}};
  return *known == Encoding::Latin1 ? decode_latin1(from, view) : decode_checked(from, view);
}

}  // namespace pyvm::vm
