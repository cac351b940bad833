// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "vm/builtins/tables.h"
#include "vm/builtins/text_methods.h"
#include "vm/codec.h"
#include "vm/enums.h"
#include "vm/format.h"
#include "vm/items.h"

namespace pyvm::vm {

namespace {

Term run_repr(Context& context, Arguments arguments) { return repr_of(context, arguments[0]); }
Term run_ascii(Context& context, Arguments arguments) { return ascii_of(context, arguments[0]); }

Term run_format(Context& context, Arguments arguments) {
  if (arguments[1].is_nothing() || is_string(arguments[1])) return format_value(context, arguments[0], arguments[1]);
  return raise_bad_argument(context, "format() argument 2 must be str, not ", arguments[1]);
}

Term run_ord(Context& context, Arguments arguments) {
  const Term& character = arguments[0];
  if (!is_string(character) && !is_binary(character)) {
    return raise_type_error(context, "ord() expected string of length 1, but ", character, " found");
  }
  const Subject subject(character);
  const std::size_t length = subject.length();
  if (length != 1) {
    return context.raise("TypeError", "ord() expected a character, but string of length " + std::to_string(length) + " found");
  }
  if (subject.bytes) return Term::small(static_cast<unsigned char>(subject.view[0]));
  return Term::small(static_cast<std::int64_t>(code_point_at(subject.view, 0)));
}

Term run_chr(Context& context, Arguments arguments) {
  const auto value = int_argument(context, arguments[0]);
  if (!value) return Term();
  if (*value < 0 || *value > 0x10ffff) return context.raise("ValueError", "chr() arg not in range(0x110000)");
  const auto character = character_of(context, arguments[0], "");
  return character ? context.heap.make_string(*character) : Term();
}

Term show_int(Context& context, const Term& integer, unsigned base, std::string_view prefix) {
  if (!is_int(integer)) return raise_type_error(context, "'", integer, "' object cannot be interpreted as an integer");
  const auto digits = int_digits(context, integer, base);
  return make_text(context, (is_negative_int(integer) ? "-" : "") + std::string(prefix) + *digits);
}
Term run_hex(Context& context, Arguments arguments) { return show_int(context, arguments[0], 16, "0x"); }
Term run_oct(Context& context, Arguments arguments) { return show_int(context, arguments[0], 8, "0o"); }
Term run_bin(Context& context, Arguments arguments) { return show_int(context, arguments[0], 2, "0b"); }

/// Whether a name of an encoding or of a way to handle errors is a string, or left out; TypeError otherwise.
bool is_name(Context& context, Term name, std::string_view parameter) {
  if (name.is_nothing() || is_string(name)) return true;
  raise_bad_argument(context, std::string(parameter) + " must be str, not ", name);
  return false;
}

Term run_str(Context& context, Arguments arguments) {
  const Term& object = arguments[0];
  if (!is_name(context, arguments[1], "str() argument 'encoding'") ||
      !is_name(context, arguments[2], "str() argument 'errors'")) {
    return Term();
  }
  if (object.is_nothing()) return Term::short_string("");
  if (arguments[1].is_nothing() && arguments[2].is_nothing()) return str_of(context, object);
  if (is_string(object)) return context.raise("TypeError", "decoding str is not supported");
  if (!is_binary(object)) return raise_type_error(context, "decoding to str: need a bytes-like object, ", object, " found");
  return decode(context, object, arguments[1], arguments[2]);
}

Term zero_bytes(Context& context, Term count) {
  if (!is_int(count)) return Term();
  const auto size = size_argument(context, count);
  if (!size) return context.raise("OverflowError", "cannot fit 'int' into an index-sized integer");
  if (*size < 0) return context.raise("ValueError", "negative count");
  if (!fits_text(context, static_cast<std::size_t>(*size))) return Term();
  return make_bytes(context, std::string(static_cast<std::size_t>(*size), '\0'));
}

Term bytes_of_items(Context& context, std::span<const Term> items) {
  std::string out;
  for (const Term given : items) {
    const Term item = plain_value(given);
    if (!is_int(item)) return raise_type_error(context, "'", given, "' object cannot be interpreted as an integer");
    const std::int64_t byte = clamped_int(item);
    if (byte < 0 || byte > 255) return context.raise("ValueError", "bytes must be in range(0, 256)");
    out += static_cast<char>(byte);
  }
  return make_bytes(context, out);
}

Term run_bytes(Context& context, Arguments arguments) {
  const Term source = plain_value(arguments[0]);
  if (!is_name(context, arguments[1], "bytes() argument 'encoding'") ||
      !is_name(context, arguments[2], "bytes() argument 'errors'")) {
    return Term();
  }
  if (!source.is_nothing() && is_string(source)) {
    if (arguments[1].is_nothing()) return context.raise("TypeError", "string argument without an encoding");
    return encode(context, source, arguments[1], arguments[2]);
  }
  if (!arguments[1].is_nothing()) return context.raise("TypeError", "encoding without a string argument");
  if (!arguments[2].is_nothing()) return context.raise("TypeError", "errors without a string argument");
  if (source.is_nothing()) return context.heap.make_binary({});
  if (is_binary(source)) return source;
  if (is_int(source)) return zero_bytes(context, source);
  std::vector<Term> items;
  if (!collect_items(context, source, items)) return raise_type_error(context, "cannot convert '", source, "' object to bytes");
  return bytes_of_items(context, items);
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

Term run_fromhex(Context& context, Arguments arguments) {
  if (!is_string(arguments[0])) return raise_bad_argument(context, "fromhex() argument must be str, not ", arguments[0]);
  const std::string_view text = string_view_of(arguments[0]);
  context.charge(text.size());
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += 2) {
    while (at < text.size() && (text[at] == ' ' || (text[at] >= '\t' && text[at] <= '\r'))) ++at;
    if (at == text.size()) break;
    const int high = hex_value(text[at]);
    const int low = high < 0 || at + 1 == text.size() ? -1 : hex_value(text[at + 1]);
    if (low < 0) {
      const std::size_t wrong = count_code_points(text.substr(0, high < 0 ? at : at + 1));
      return context.raise("ValueError", "non-hexadecimal number found in fromhex() arg at position " + std::to_string(wrong));
    }
    out += static_cast<char>(high << 4 | low);
  }
  return make_bytes(context, out);
}

Term run_bytes_maketrans(Context& context, Arguments arguments) {
  for (const Term side : arguments) {
    if (!is_binary(side)) return raise_not_bytes(context, side);
  }
  const std::string_view from = bytes_view(arguments[0]);
  const std::string_view to = bytes_view(arguments[1]);
  if (from.size() != to.size()) return context.raise("ValueError", "maketrans arguments must have same length");
  std::string table(256, '\0');
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = static_cast<char>(i);
  for (std::size_t i = 0; i < from.size(); ++i) table[static_cast<unsigned char>(from[i])] = to[i];
  return make_bytes(context, table);
}

Term code_point_term(std::string_view utf8, std::size_t& at) {
  return Term::small(static_cast<std::int64_t>(take_code_point(utf8, at)));
}

/// A dict of the translations in `dict`, whose keys may be characters.
Term table_of_dict(Context& context, const Term& dict) {
  if (!is_dict(dict)) {
    return context.raise("TypeError", "if you give only one argument to maketrans it must be a dict");
  }
  std::vector<TermPair> pairs;
  for (Word i = 0; (i = next_entry(dict, i)) != kNoEntry; ++i) {
    const Term key = entry_key(dict, i);
    std::size_t at = 0;
    if (is_string(key)) {
      if (Text(key).length() != 1) return context.raise("ValueError", "string keys in translate table must be of length 1");
      pairs.push_back({code_point_term(string_view_of(key), at), entry_value(dict, i)});
    } else if (is_int(key)) {
      pairs.push_back({key, entry_value(dict, i)});
    } else {
      return context.raise("TypeError", "keys in translate table must be strings or integers");
    }
  }
  return context.heap.make_dict(pairs);
}

Term run_str_maketrans(Context& context, Arguments arguments) {
  if (arguments[1].is_nothing()) return table_of_dict(context, arguments[0]);
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    if (arguments[i].is_nothing() || is_string(arguments[i])) continue;
    return raise_bad_argument(context, "maketrans() argument " + std::to_string(i + 1) + " must be str, not ", arguments[i]);
  }
  if (!is_string(arguments[0])) {
    return context.raise("TypeError", "first maketrans argument must be a string if there is a second argument");
  }
  if (Text(arguments[0]).length() != Text(arguments[1]).length()) {
    return context.raise("ValueError", "the first two maketrans arguments must have equal length");
  }
  const std::string_view from = string_view_of(arguments[0]);
  const std::string_view to = string_view_of(arguments[1]);
  std::vector<TermPair> pairs;
  for (std::size_t at = 0, to_at = 0; at < from.size();) {
    const Term key = code_point_term(from, at);
    pairs.push_back({key, code_point_term(to, to_at)});
  }
  const std::string_view dropped = arguments[2].is_nothing() ? std::string_view() : string_view_of(arguments[2]);
  for (std::size_t at = 0; at < dropped.size();) pairs.push_back({code_point_term(dropped, at), Term::none()});
  return context.heap.make_dict(pairs);
}

constexpr Builtin kFunctions[] = {
    {"ord", "c, /", run_ord},
    {"chr", "i, /", run_chr},
    {"str", "object='', encoding='utf-8', errors='strict'", run_str},
    {"bytes", "source=b'', encoding='utf-8', errors='strict'", run_bytes},
    {"repr", "obj, /", run_repr},
    {"ascii", "obj, /", run_ascii},
    {"format", "value, format_spec='', /", run_format},
    {"hex", "number, /", run_hex},
    {"oct", "number, /", run_oct},
    {"bin", "number, /", run_bin},
    {"bytes.fromhex", "string, /", run_fromhex},
    {"bytes.maketrans", "frm, to, /", run_bytes_maketrans},
    {"str.maketrans", "x, y=None, z=None, /", run_str_maketrans},
};

}  // namespace

std::span<const Builtin> text_functions() { return kFunctions; }

}  // namespace pyvm::vm
