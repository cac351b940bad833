// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "vm/format.h"
#include "vm/format_spec.h"
#include "vm/operators.h"
#include "vm/text.h"

namespace pyvm::vm {

namespace {

constexpr int kDeepestNesting = 2;

/// A replacement field as it stands between its braces.
struct Field {
  std::string_view name;
  std::optional<char32_t> conversion;
  std::string_view spec;
  bool nested = false;  // the spec has fields of its own
};

/// The text between fields, and the fields.
class FieldReader {
 public:
  FieldReader(Context& context, std::string_view format) : context_(context), format_(format) {}

  bool at_end() const { return at_ == format_.size(); }

  /// The text up to the next field or escaped brace. False after an exception. `has_field` if a field follows.
  bool read_literal(std::string_view* literal, bool* has_field) {
    const std::size_t first = at_;
    at_ = std::min(format_.find_first_of("{}", first), format_.size());
    *has_field = false;
    *literal = format_.substr(first, at_ - first);
    if (at_end()) return true;
    const char brace = format_[at_++];
    if (!at_end() && format_[at_] == brace) {  // it stands for itself
      ++at_;
      *literal = format_.substr(first, literal->size() + 1);
      return true;
    }
    if (brace == '}') return fail("Single '}' encountered in format string");
    if (at_end()) return fail("Single '{' encountered in format string");
    *has_field = true;
    return true;
  }

  bool read_field(Field* field) {
    char end = 0;
    if (!read_name(field, &end)) return false;
    if (end == '!' && !read_conversion(field, &end)) return false;
    if (end == ':' || end == '!') return read_spec_text(field);
    return end == '}' ? true : fail("expected '}' before end of string");
  }

 private:
  bool fail(std::string_view text) {
    context_.raise("ValueError", text);
    return false;
  }

  bool read_name(Field* field, char* end) {
    const std::size_t first = at_;
    while (!at_end() && *end == 0) {
      const char c = format_[at_++];
      if (c == '{') return fail("unexpected '{' in field name");
      if (c == '[') at_ = std::min(format_.find(']', at_), format_.size());
      if (c == '}' || c == ':' || c == '!') *end = c;
    }
    field->name = format_.substr(first, at_ - first - (*end == 0 ? 0 : 1));
    return true;
  }

  /// `end` is what follows the conversion: '}', ':', or the '!' still if there is nothing.
  bool read_conversion(Field* field, char* end) {
    if (at_end()) return fail("end of string while looking for conversion specifier");
    field->conversion = take_code_point(format_, at_);
    if (at_end()) return true;
    *end = format_[at_++];
    return *end == '}' || *end == ':' ? true : fail("expected ':' after conversion specifier");
  }

  bool read_spec_text(Field* field) {
    const std::size_t first = at_;
    for (int open = 1; !at_end();) {
      const char c = format_[at_++];
      if (c == '{') {
        field->nested = true;
        ++open;
      }
      if (c == '}' && --open == 0) {
        field->spec = format_.substr(first, at_ - 1 - first);
        return true;
      }
    }
    return fail("unmatched '{' in format spec");
  }

  Context& context_;
  std::string_view format_;
  std::size_t at_ = 0;
};

/// A number that is all of `text`. Nothing if it is none, or after an exception.
std::optional<std::size_t> whole_number(Context& context, std::string_view text) {
  std::size_t at = 0;
  const auto number = format_detail::read_decimal(context, text, at, "Too many decimal digits in format string");
  return at == text.size() ? number : std::nullopt;
}

Term raise_key_error(Context& context, Term key) {
  const Term text = repr_of(context, key);
  if (text.is_nothing()) return Term();
  TermBuilder& heap = context.heap;
  return context.raise(heap.make_exception(
      {heap.make_string("builtins"), heap.make_string("KeyError"), heap.tuple(key), text, heap.make_list({})}));
}

Term item_of_dict(Context& context, Term dict, Term key) {
  const Term value = dict_get(dict, key);
  return value.is_nothing() ? raise_key_error(context, key) : value;
}

/// container[key], where `key` is a string or an index.
Term item_of(Context& context, const Term& container, const Term& key) {
  if (is_dict(container)) return item_of_dict(context, container, key);
  if (is_string(container)) return string_item(context, container, key);
  if (is_binary(container)) return bytes_item(context, container, key);
  const std::string type = type_name(container);
  if (!is_list_or_tuple(container)) return context.raise("TypeError", "'" + type + "' object is not subscriptable");
  if (!is_int(key)) return context.raise("TypeError", type + " indices must be integers or slices, not str");
  const std::span<const Term> items = list_items(container);
  const auto index = static_cast<std::size_t>(clamped_int(key));  // no field has a negative one
  return index < items.size() ? items[index] : context.raise("IndexError", type + " index out of range");
}

/// One call of str.format().
class Formatter {
 public:
  Formatter(Context& context, std::span<const Term> positional, const Term& keywords)
      : context_(context), positional_(positional), keywords_(keywords) {}

  /// False after an exception.
  bool run(std::string_view format, int depth, std::string& out) {
    if (depth == 0) return fail("Max string recursion exceeded");
    FieldReader reader(context_, format);
    while (!reader.at_end()) {
      std::string_view literal;
      bool has_field = false;
      if (!reader.read_literal(&literal, &has_field)) return false;
      out += literal;
      Field field;
      if (has_field && (!reader.read_field(&field) || !append_field(field, depth, out))) return false;
      if (!fits_text(context_, out.size())) return false;
    }
    return true;
  }

 private:
  enum class Numbering : std::uint8_t { Unknown, Automatic, Manual };

  bool fail(std::string_view text) {
    context_.raise("ValueError", text);
    return false;
  }

  bool append_field(const Field& field, int depth, std::string& out) {
    Term value = value_of(field.name);
    if (!value.is_nothing() && field.conversion) value = converted(value, *field.conversion);
    if (value.is_nothing()) return false;
    std::string spec;
    if (field.nested && !run(field.spec, depth - 1, spec)) return false;
    const Term spec_term = context_.heap.make_string(field.nested ? std::string_view(spec) : field.spec);
    const Term text = format_value(context_, value, spec_term);
    if (text.is_nothing()) return false;
    out += string_view_of(text);
    return true;
  }

  Term converted(const Term& value, char32_t conversion) {
    if (conversion == 's') return str_of(context_, value);
    if (conversion == 'r') return repr_of(context_, value);
    if (conversion == 'a') return ascii_of(context_, value);
    std::string shown;
    if (conversion > 32 && conversion < 127) {
      shown = static_cast<char>(conversion);
    } else {
      for (char32_t rest = conversion; rest > 0 || shown.empty(); rest >>= 4) shown.insert(0, 1, "0123456789abcdef"[rest & 15]);
      shown.insert(0, "\\x");
    }
    return context_.raise("ValueError", "Unknown conversion specifier " + shown);
  }

  Term value_of(std::string_view name) {
    std::size_t at = std::min(name.find_first_of(".["), name.size());
    Term value = first_value(name.substr(0, at));
    while (!value.is_nothing() && at < name.size()) value = part_of(value, name, at);
    return value;
  }

  Term first_value(std::string_view first) {
    auto index = whole_number(context_, first);
    if (!context_.error.is_nothing() || !number_fits(first.empty(), first.empty() || index)) return Term();
    if (first.empty()) index = next_++;
    if (!index) return keyword(context_.heap.make_string(first));
    if (positional_.data() == nullptr) return context_.raise("ValueError", "Format string contains positional fields");
    if (*index < positional_.size()) return positional_[*index];
    return context_.raise("IndexError",
                          "Replacement index " + std::to_string(*index) + " out of range for positional args tuple");
  }

  Term keyword(Term name) {
    if (keywords_.is_nothing()) return raise_key_error(context_, name);
    return item_of(context_, keywords_, name);
  }

  /// Fields are numbered all by themselves or all by hand.
  bool number_fits(bool automatic, bool numbered) {
    if (!numbered) return true;
    if (numbering_ == Numbering::Unknown) numbering_ = automatic ? Numbering::Automatic : Numbering::Manual;
    if (automatic && numbering_ == Numbering::Manual) {
      return fail("cannot switch from manual field specification to automatic field numbering");
    }
    if (!automatic && numbering_ == Numbering::Automatic) {
      return fail("cannot switch from automatic field numbering to manual field specification");
    }
    return true;
  }

  /// The attribute or item of `value` that is named at `at`, which is moved behind it.
  Term part_of(const Term& value, std::string_view name, std::size_t& at) {
    const char kind = name[at++];
    if (kind != '.' && kind != '[') {
      return context_.raise("ValueError", "Only '.' or '[' may follow ']' in format field specifier");
    }
    const std::size_t end = kind == '.' ? std::min(name.find_first_of(".[", at), name.size()) : name.find(']', at);
    if (end == std::string_view::npos) return context_.raise("ValueError", "Missing ']' in format string");
    const std::string_view part = name.substr(at, end - at);
    at = end + (kind == '[' ? 1 : 0);
    const auto index = kind == '[' ? whole_number(context_, part) : std::nullopt;
    if (!context_.error.is_nothing()) return Term();
    if (part.empty()) return context_.raise("ValueError", "Empty attribute in format string");
    if (kind == '.') return get_attribute(context_, value, context_.heap.make_string(part), nullptr);
    return item_of(context_, value,
                   index ? context_.heap.make_int(static_cast<std::int64_t>(*index)) : context_.heap.make_string(part));
  }

  Context& context_;
  std::span<const Term> positional_;
  const Term& keywords_;
  Numbering numbering_ = Numbering::Unknown;
  std::size_t next_ = 0;
};

}  // namespace

Term format_fields(Context& context, const Term& format, std::span<const Term> positional, const Term& keywords) {
  const std::string_view text = string_view_of(format);
  context.charge(text.size());
  std::string out;
  return Formatter(context, positional, keywords).run(text, kDeepestNesting, out) ? make_text(context, out) : Term();
}

}  // namespace pyvm::vm
