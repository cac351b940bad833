// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "term/hash.h"
#include "vm/builtins/str_case.h"
#include "vm/builtins/tables.h"
#include "vm/builtins/text_methods.h"
#include "vm/codec.h"
#include "vm/enums.h"
#include "vm/format.h"

namespace pyvm::vm {

namespace {

Term str_encode(Context& context, Arguments arguments) { return encode(context, arguments[0], arguments[1], arguments[2]); }

Term str_isascii(Context&, Arguments arguments) { return Term::boolean(is_ascii(arguments[0])); }

/// What `table` has for `code_point`; nothing if it has nothing, or after an exception.
Term translation_of(Context& context, const Term& table, char32_t code_point) {
  const Term key = Term::small(static_cast<std::int64_t>(code_point));
  if (is_dict(table)) return dict_get(table, key);
  if (is_string(table)) {
    const std::size_t at = Text(table).offset(code_point);
    if (at == string_view_of(table).size()) return Term();
    return Term::small(static_cast<std::int64_t>(code_point_at(string_view_of(table), at)));
  }
  if (is_list_or_tuple(table)) return code_point < size_of(table) ? list_items(table)[code_point] : Term();
  return raise_type_error(context, "'", table, "' object is not subscriptable");
}

/// Appends what a table of translations has; false after an exception.
bool append_translation(Context& context, std::string& out, const Term& given) {
  const Term translation = plain_value(given);
  if (translation.is_none()) return true;
  if (is_string(translation)) {
    out += string_view_of(translation);
    return fits_text(context, out.size());
  }
  if (!is_int(translation)) {
    context.raise("TypeError", "character mapping must return integer, None or str");
    return false;
  }
  const std::int64_t code_point = clamped_int(translation);
  if (code_point < 0 || code_point > 0x10ffff) {
    context.raise("ValueError", "character mapping must be in range(0x110000)");
    return false;
  }
  if (code_point >= 0xd800 && code_point < 0xe000) {
    raise_surrogate(context);
    return false;
  }
  encode_utf8(out, static_cast<char32_t>(code_point));
  return true;
}

Term str_translate(Context& context, Arguments arguments) {
  const std::string_view view = string_view_of(arguments[0]);
  context.charge(view.size());
  std::string out;
  for (std::size_t at = 0; at < view.size();) {
    const std::string_view character = view.substr(at, bytes_from(view[at]));
    const Term translation = translation_of(context, arguments[1], take_code_point(view, at));
    if (!context.error.is_nothing()) return Term();
    if (translation.is_nothing()) {
      out += character;
    } else if (!append_translation(context, out, translation)) {
      return Term();
    }
  }
  return make_text(context, out);
}

Term str_format(Context& context, Arguments arguments) {
  return format_fields(context, arguments[0], arguments.subspan(2), arguments[1]);
}
Term str_format_map(Context& context, Arguments arguments) { return format_fields(context, arguments[0], {}, arguments[1]); }

constexpr std::string_view kSearch = "sub, start=None, end=None, /";

constexpr Method kMethods[] = {
    {"str", "upper", "", str_upper},
    {"str", "lower", "", str_lower},
    {"str", "title", "", str_title},
    {"str", "capitalize", "", str_capitalize},
    {"str", "swapcase", "", str_swapcase},
    {"str", "casefold", "", str_casefold},
    {"str", "strip", "chars=None, /", text_strip},
    {"str", "lstrip", "chars=None, /", text_lstrip},
    {"str", "rstrip", "chars=None, /", text_rstrip},
    {"str", "split", "sep=None, maxsplit=-1", text_split},
    {"str", "rsplit", "sep=None, maxsplit=-1", text_rsplit},
    {"str", "splitlines", "keepends=False", text_splitlines},
    {"str", "join", "iterable, /", text_join},
    {"str", "startswith", "prefix, start=None, end=None, /", text_startswith},
    {"str", "endswith", "suffix, start=None, end=None, /", text_endswith},
    {"str", "find", kSearch, text_find},
    {"str", "rfind", kSearch, text_rfind},
    {"str", "index", kSearch, text_index},
    {"str", "rindex", kSearch, text_rindex},
    {"str", "count", kSearch, text_count},
    {"str", "replace", "old, new, count=-1, /", text_replace},
    {"str", "partition", "sep, /", text_partition},
    {"str", "rpartition", "sep, /", text_rpartition},
    {"str", "center", "width, fillchar=' ', /", text_center},
    {"str", "ljust", "width, fillchar=' ', /", text_ljust},
    {"str", "rjust", "width, fillchar=' ', /", text_rjust},
    {"str", "zfill", "width, /", text_zfill},
    {"str", "isalpha", "", str_isalpha},
    {"str", "isdigit", "", str_isdigit},
    {"str", "isdecimal", "", str_isdecimal},
    {"str", "isnumeric", "", str_isnumeric},
    {"str", "isalnum", "", str_isalnum},
    {"str", "isspace", "", str_isspace},
    {"str", "isupper", "", str_isupper},
    {"str", "islower", "", str_islower},
    {"str", "istitle", "", str_istitle},
    {"str", "isidentifier", "", str_isidentifier},
    {"str", "isascii", "", str_isascii},
    {"str", "isprintable", "", str_isprintable},
    {"str", "removeprefix", "prefix, /", text_removeprefix},
    {"str", "removesuffix", "suffix, /", text_removesuffix},
    {"str", "expandtabs", "tabsize=8", text_expandtabs},
    {"str", "encode", "encoding='utf-8', errors='strict'", str_encode},
    {"str", "translate", "table, /", str_translate},
    {"str", "format", "*args, **kwargs", str_format},
    {"str", "format_map", "mapping, /", str_format_map},
};

}  // namespace

std::span<const Method> str_methods() { return kMethods; }

}  // namespace pyvm::vm
