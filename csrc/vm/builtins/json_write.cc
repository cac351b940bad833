// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// json.dumps: the text that CPython's json writes. Without `default` and `cls`, which call back into the program.
#include <algorithm>

#include "term/change.h"
#include "vm/builtins/sorting.h"
#include "vm/builtins/tables.h"
#include "vm/enums.h"
#include "vm/format.h"
#include "vm/items.h"
#include "vm/numbers.h"
#include "vm/operators.h"
#include "vm/text.h"

namespace pyvm::vm {

namespace {

using Arguments = std::span<const Term>;

constexpr char kHex[] = "0123456789abcdef";

void append_escape(std::string& out, unsigned unit) {
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kHex[(unit >> shift) & 15];
}

/// A letter that stands behind a backslash for a character, or 0.
char short_escape(char c) {
  switch (c) {
    case '"':
      return '"';
    case '\\':
      return '\\';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    case '\f':
      return 'f';
    case '\b':
      return 'b';
    default:
      return 0;
  }
}

void append_string(std::string& out, std::string_view utf8, bool ascii_only) {
  out += '"';
  for (std::size_t at = 0; at < utf8.size();) {
    const char c = utf8[at];
    const auto byte = static_cast<unsigned char>(c);
    if (const char letter = short_escape(c)) {
      out += '\\';
      out += letter;
      ++at;
    } else if (byte < 0x20 || (byte == 0x7f && ascii_only)) {
      append_escape(out, byte);
      ++at;
    } else if (byte < 0x80 || !ascii_only) {
      out += c;
      ++at;
    } else {
      const char32_t code_point = take_code_point(utf8, at);
      if (code_point >= 0x10000) append_escape(out, 0xd800 + ((code_point - 0x10000) >> 10));
      append_escape(out, code_point >= 0x10000 ? 0xdc00 + ((code_point - 0x10000) & 0x3ff) : code_point);
    }
  }
  out += '"';
}

struct Style {
  bool skip_keys = false;
  bool ascii_only = true;
  bool allow_nan = true;
  bool sort_keys = false;
  bool has_indent = false;
  std::string indent;
  std::string between = ", ";
  std::string behind_key = ": ";
};

/// Writes one value. What returns false has raised.
class Writer {
 public:
  Writer(Context& context, const Style& style) : context_(context), style_(style) {}

  bool write(Term value) {
    value = plain_value(resolve(value));
    if (is_string(value)) {
      append_string(out, string_view_of(value), style_.ascii_only);
      return true;
    }
    if (value.is_none()) return append("null");
    if (value.is_bool()) return append(value.is_true() ? "true" : "false");
    if (is_int(value) || is_float(value)) return write_number(value);
    if (is_list_or_tuple(value)) return inside(value, [&] { return write_list(value); });
    if (is_dict(value)) return inside(value, [&] { return write_dict(value); });
    return fail("TypeError", "Object of type " + type_name(value) + " is not JSON serializable");
  }

  std::string out;

 private:
  static constexpr std::size_t kMostDepth = 990;  // about CPython's, which counts its own calls besides

  bool append(std::string_view text) {
    out += text;
    return true;
  }
  bool fail(const char* kind, const std::string& text) {
    context_.raise(kind, text);
    return false;
  }

  bool write_number(Term value) {
    const double real = is_float(value) ? float_value(value) : 0.0;
    if (real - real != 0.0) {  // neither a NaN nor infinite
      if (!style_.allow_nan) return fail("ValueError", "Out of range float values are not JSON compliant");
      return append(real != real ? "NaN" : real > 0 ? "Infinity" : "-Infinity");
    }
    if (value.is_small()) return append(std::to_string(value.unchecked_small()));
    const Term text = repr_of(context_, value);
    return !text.is_nothing() && append(string_view_of(text));
  }

  template <typename Write>
  bool inside(Term container, Write write) {
    if (std::ranges::find(path_, container) != path_.end()) return fail("ValueError", "Circular reference detected");
    if (path_.size() == kMostDepth)
      return fail("RecursionError", "maximum recursion depth exceeded while encoding a JSON object");
    path_.push_back(container);
    context_.charge(size_of(container));
    const bool written = write();
    path_.pop_back();
    return written;
  }

  void new_line() {
    if (!style_.has_indent) return;
    out += '\n';
    for (std::size_t i = 0; i < path_.size(); ++i) out += style_.indent;
  }
  /// Around what stands between brackets; `first` says which element it is.
  void begin_element(bool first) {
    if (!first) out += style_.between;
    new_line();
  }
  void end_line() {
    if (!style_.has_indent) return;
    out += '\n';
    for (std::size_t i = 1; i < path_.size(); ++i) out += style_.indent;
  }

  bool write_list(Term list) {
    const std::span<const Term> items = list_items(list);
    if (items.empty()) return append("[]");
    out += '[';
    for (std::size_t i = 0; i < items.size(); ++i) {
      begin_element(i == 0);
      if (!write(items[i])) return false;
    }
    end_line();
    return append("]");
  }

  bool write_dict(Term dict) {
    std::vector<Term> keys = entries_of(dict);
    if (keys.empty()) return append("{}");
    if (style_.sort_keys && !sort_items(context_, keys, false)) return false;
    out += '{';
    bool first = true;
    for (const Term key : keys) {
      std::string text;
      if (!key_text(key, &text)) return false;
      if (text.empty() && !is_string(plain_value(key))) continue;  // skipped
      begin_element(first);
      first = false;
      append_string(out, text, style_.ascii_only);
      out += style_.behind_key;
      if (!write(dict_get(dict, key))) return false;
    }
    if (first) new_line();  // all were skipped
    end_line();
    return append("}");
  }

  bool key_text(Term key, std::string* text) {
    key = plain_value(key);
    if (is_string(key)) {
      *text = string_view_of(key);
      return true;
    }
    if (key.is_none() || key.is_bool() || is_int(key) || is_float(key)) {
      std::swap(out, *text);  // written as a value is, but to `text`
      const bool written = write(key);
      std::swap(out, *text);
      return written;
    }
    if (style_.skip_keys) return true;
    return fail("TypeError", "keys must be str, int, float, bool or None, not " + type_name(key));
  }

  Context& context_;
  const Style& style_;
  std::vector<Term> path_;  // the containers around what is written
};

// The parameters of dumps in their order.
enum Parameter : std::size_t { kObject, kSkipKeys, kAscii, kCircular, kNan, kIndent, kSeparators, kSortKeys };

bool read_flag(Arguments arguments, Parameter which, bool otherwise) {
  return arguments[which].is_nothing() ? otherwise : is_truthy(resolve(arguments[which]));
}

bool read_indent(Context& context, Term indent, Style& style) {
  if (indent.is_nothing() || indent.is_none()) return true;
  style.has_indent = true;
  style.between = ",";
  if (is_string(indent)) {
    style.indent = string_view_of(indent);
    return true;
  }
  const std::optional<std::int64_t> width = size_argument(context, indent);
  if (!width || !fits_text(context, static_cast<std::size_t>(std::max<std::int64_t>(*width, 0)))) return false;
  style.indent.assign(static_cast<std::size_t>(std::max<std::int64_t>(*width, 0)), ' ');
  return true;
}

bool read_separators(Context& context, Term separators, Style& style) {
  if (separators.is_nothing() || separators.is_none()) return true;
  Term both[2];
  if (!unpack(context, separators, 2, false, 0, both)) return false;
  for (const std::size_t i : {1u, 0u}) {
    both[i] = plain_value(both[i]);
    if (is_string(both[i])) continue;
    context.raise("TypeError",
                  "make_encoder() argument " + std::to_string(6 - i) + " must be str, not " + argument_type_name(both[i]));
    return false;
  }
  style.between = string_view_of(both[0]);
  style.behind_key = string_view_of(both[1]);
  return true;
}

Term run_dumps(Context& context, Arguments arguments) {
  Style style;
  style.skip_keys = read_flag(arguments, kSkipKeys, false);
  style.ascii_only = read_flag(arguments, kAscii, true);
  style.allow_nan = read_flag(arguments, kNan, true);
  style.sort_keys = read_flag(arguments, kSortKeys, false);
  if (!read_indent(context, arguments[kIndent], style) || !read_separators(context, arguments[kSeparators], style)) return Term();
  Writer writer(context, style);
  if (!writer.write(arguments[kObject])) return Term();
  context.charge(writer.out.size() / 8);
  return make_text(context, writer.out);
}

constexpr Builtin kFunctions[] = {
    {"json.dumps",
     "obj, *, skipkeys=False, ensure_ascii=True, check_circular=True, allow_nan=True, indent=None, separators=None, "
     "sort_keys=False",
     run_dumps},
};

}  // namespace

std::span<const Builtin> json_write_functions() { return kFunctions; }

}  // namespace pyvm::vm
