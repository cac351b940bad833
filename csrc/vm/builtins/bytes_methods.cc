// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "vm/builtins/tables.h"
#include "vm/builtins/text_methods.h"
#include "vm/codec.h"

namespace pyvm::vm {

namespace {

constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_alpha(char c) { return is_upper(c) || is_lower(c); }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alnum(char c) { return is_alpha(c) || is_digit(c); }
constexpr bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
constexpr char to_upper(char c) { return is_lower(c) ? static_cast<char>(c - 32) : c; }
constexpr char to_lower(char c) { return is_upper(c) ? static_cast<char>(c + 32) : c; }

template <typename Map>
Term map_bytes(Context& context, Arguments arguments, Map map) {
  std::string out(bytes_view(arguments[0]));
  context.charge(out.size() / 8);
  std::transform(out.begin(), out.end(), out.begin(), map);
  return make_bytes(context, out);
}

template <typename Holds>
Term all_bytes(Context& context, Arguments arguments, Holds holds) {
  const std::string_view view = bytes_view(arguments[0]);
  context.charge(view.size() / 8);
  return Term::boolean(!view.empty() && std::all_of(view.begin(), view.end(), holds));
}

/// Whether there is a letter and all are `wanted`.
template <typename Wanted>
Term all_letters(Context& context, Arguments arguments, Wanted wanted) {
  const std::string_view view = bytes_view(arguments[0]);
  context.charge(view.size() / 8);
  const bool none_other = std::none_of(view.begin(), view.end(), [&](char c) { return is_alpha(c) && !wanted(c); });
  return Term::boolean(none_other && std::any_of(view.begin(), view.end(), is_alpha));
}

Term bytes_upper(Context& context, Arguments arguments) { return map_bytes(context, arguments, to_upper); }
Term bytes_lower(Context& context, Arguments arguments) { return map_bytes(context, arguments, to_lower); }
Term bytes_swapcase(Context& context, Arguments arguments) {
  return map_bytes(context, arguments, [](char c) { return is_upper(c) ? to_lower(c) : to_upper(c); });
}
Term bytes_title(Context& context, Arguments arguments) {
  bool in_word = false;
  return map_bytes(context, arguments, [&](char c) {
    const char mapped = in_word ? to_lower(c) : to_upper(c);
    in_word = is_alpha(c);
    return mapped;
  });
}
Term bytes_capitalize(Context& context, Arguments arguments) {
  bool first = true;
  return map_bytes(context, arguments, [&](char c) { return std::exchange(first, false) ? to_upper(c) : to_lower(c); });
}

Term bytes_isalpha(Context& context, Arguments arguments) { return all_bytes(context, arguments, is_alpha); }
Term bytes_isdigit(Context& context, Arguments arguments) { return all_bytes(context, arguments, is_digit); }
Term bytes_isalnum(Context& context, Arguments arguments) { return all_bytes(context, arguments, is_alnum); }
Term bytes_isspace(Context& context, Arguments arguments) { return all_bytes(context, arguments, is_space); }
Term bytes_isupper(Context& context, Arguments arguments) { return all_letters(context, arguments, is_upper); }
Term bytes_islower(Context& context, Arguments arguments) { return all_letters(context, arguments, is_lower); }
Term bytes_isascii(Context&, Arguments arguments) { return Term::boolean(is_ascii(bytes_view(arguments[0]))); }
Term bytes_istitle(Context&, Arguments arguments) {
  bool found = false;
  bool in_word = false;
  for (const char c : bytes_view(arguments[0])) {
    if (is_alpha(c) && is_upper(c) == in_word) return Term::boolean(false);
    in_word = is_alpha(c);
    found = found || in_word;
  }
  return Term::boolean(found);
}

Term bytes_decode(Context& context, Arguments arguments) { return decode(context, arguments[0], arguments[1], arguments[2]); }

/// The separator of hex(), no text for none; nothing after an exception.
std::optional<std::string_view> read_hex_separator(Context& context, const Term& separator) {
  if (separator.is_nothing()) return std::string_view();
  const auto length = length_of(separator);
  if (!length) {
    raise_type_error(context, "object of type '", separator, "' has no len()");
  } else if (*length != 1) {
    context.raise("ValueError", "sep must be length 1.");
  } else if (is_binary(separator)) {
    return bytes_view(separator);
  } else if (!is_string(separator)) {
    context.raise("TypeError", "sep must be str or bytes.");
  } else if (is_ascii(separator)) {
    return string_view_of(separator);
  } else {
    context.raise("ValueError", "sep must be ASCII.");
  }
  return {};
}

Term bytes_hex(Context& context, Arguments arguments) {
  const std::string_view view = bytes_view(arguments[0]);
  const auto group = int_argument(context, arguments[2].is_nothing() ? Term::small(1) : arguments[2]);
  if (!group) return Term();
  const auto separator = read_hex_separator(context, arguments[1]);
  if (!separator) return Term();
  if (!fits_text(context, 3 * view.size())) return Term();
  const std::size_t size =
      *group == 0 || separator->empty() ? view.size() + 1 : static_cast<std::size_t>(std::abs(std::int64_t{*group}));
  const std::size_t first = *group > 0 ? view.size() % size : 0;  // positive ones are counted from the right
  std::string out;
  for (std::size_t i = 0; i < view.size(); ++i) {
    if (i > 0 && i % size == first % size) out += *separator;
    const auto byte = static_cast<unsigned char>(view[i]);
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  return make_text(context, out);
}

Term bytes_translate(Context& context, Arguments arguments) {
  const bool mapped = !arguments[1].is_none();
  if (mapped && !is_binary(arguments[1])) return raise_not_bytes(context, arguments[1]);
  const std::string_view table = mapped ? bytes_view(arguments[1]) : std::string_view();
  if (mapped && table.size() != 256) return context.raise("ValueError", "translation table must be 256 characters long");
  if (!arguments[2].is_nothing() && !is_binary(arguments[2])) return raise_not_bytes(context, arguments[2]);
  const std::string_view deleted = arguments[2].is_nothing() ? std::string_view() : bytes_view(arguments[2]);
  std::string out;
  for (const char c : bytes_view(arguments[0])) {
    if (deleted.find(c) == std::string_view::npos) out += mapped ? table[static_cast<unsigned char>(c)] : c;
  }
  return make_bytes(context, out);
}

constexpr std::string_view kSearch = "sub, start=None, end=None, /";

constexpr Method kMethods[] = {
    {"bytes", "upper", "", bytes_upper},
    {"bytes", "lower", "", bytes_lower},
    {"bytes", "title", "", bytes_title},
    {"bytes", "capitalize", "", bytes_capitalize},
    {"bytes", "swapcase", "", bytes_swapcase},
    {"bytes", "strip", "bytes=None, /", text_strip},
    {"bytes", "lstrip", "bytes=None, /", text_lstrip},
    {"bytes", "rstrip", "bytes=None, /", text_rstrip},
    {"bytes", "split", "sep=None, maxsplit=-1", text_split},
    {"bytes", "rsplit", "sep=None, maxsplit=-1", text_rsplit},
    {"bytes", "splitlines", "keepends=False", text_splitlines},
    {"bytes", "join", "iterable, /", text_join},
    {"bytes", "startswith", "prefix, start=None, end=None, /", text_startswith},
    {"bytes", "endswith", "suffix, start=None, end=None, /", text_endswith},
    {"bytes", "find", kSearch, text_find},
    {"bytes", "rfind", kSearch, text_rfind},
    {"bytes", "index", kSearch, text_index},
    {"bytes", "rindex", kSearch, text_rindex},
    {"bytes", "count", kSearch, text_count},
    {"bytes", "replace", "old, new, count=-1, /", text_replace},
    {"bytes", "partition", "sep, /", text_partition},
    {"bytes", "rpartition", "sep, /", text_rpartition},
    {"bytes", "center", "width, fillchar=b' ', /", text_center},
    {"bytes", "ljust", "width, fillchar=b' ', /", text_ljust},
    {"bytes", "rjust", "width, fillchar=b' ', /", text_rjust},
    {"bytes", "zfill", "width, /", text_zfill},
    {"bytes", "isalpha", "", bytes_isalpha},
    {"bytes", "isdigit", "", bytes_isdigit},
    {"bytes", "isalnum", "", bytes_isalnum},
    {"bytes", "isspace", "", bytes_isspace},
    {"bytes", "isupper", "", bytes_isupper},
    {"bytes", "islower", "", bytes_islower},
    {"bytes", "istitle", "", bytes_istitle},
    {"bytes", "isascii", "", bytes_isascii},
    {"bytes", "removeprefix", "prefix, /", text_removeprefix},
    {"bytes", "removesuffix", "suffix, /", text_removesuffix},
    {"bytes", "expandtabs", "tabsize=8", text_expandtabs},
    {"bytes", "decode", "encoding='utf-8', errors='strict'", bytes_decode},
    {"bytes", "hex", "sep=None, bytes_per_sep=1", bytes_hex},
    {"bytes", "translate", "table, /, delete=b''", bytes_translate},
};

}  // namespace

std::span<const Method> bytes_methods() { return kMethods; }

}  // namespace pyvm::vm
