// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "vm/builtins/str_case.h"

#include "term/unicode.h"

namespace pyvm::vm {

namespace {

constexpr char32_t kSigma = 0x3a3;
constexpr char32_t kSmallSigma = 0x3c3;
constexpr char32_t kFinalSigma = 0x3c2;

/// A text made of code points.
struct Utf8 {
  void operator()(char32_t code_point) { encode_utf8(out, code_point); }
  std::string out;
};

bool is_cased(char32_t code_point) { return has_unicode_flag(code_point, UnicodeFlag::Cased); }
bool is_ignorable(char32_t code_point) { return has_unicode_flag(code_point, UnicodeFlag::CaseIgnorable); }

/// Whether the sigma in [at, behind) ends a word: a letter before it and none behind, whatever ignorable is between.
bool is_final_sigma(const Subject& subject, std::size_t at, std::size_t behind) {
  bool letter_before = false;
  while (at > 0) {
    const std::string_view unit = subject.unit_before(at);
    at -= unit.size();
    const char32_t code_point = code_point_at(unit, 0);
    if (is_ignorable(code_point)) continue;
    letter_before = is_cased(code_point);
    break;
  }
  if (!letter_before) return false;
  while (behind < subject.view.size()) {
    const char32_t code_point = take_code_point(subject.view, behind);
    if (!is_ignorable(code_point)) return !is_cased(code_point);
  }
  return true;
}

/// Lower case of the code point in [at, behind).
void lower_at(const Subject& subject, char32_t code_point, std::size_t at, std::size_t behind, Utf8& text) {
  if (code_point == kSigma) return text(is_final_sigma(subject, at, behind) ? kFinalSigma : kSmallSigma);
  map_lower(code_point, [&](char32_t mapped) { text(mapped); });
}

void title_of(char32_t code_point, Utf8& text) {
  map_title(code_point, [&](char32_t mapped) { text(mapped); });
}
void upper_of(char32_t code_point, Utf8& text) {
  map_upper(code_point, [&](char32_t mapped) { text(mapped); });
}

/// The text of what `visit(code_point, at, behind, text)` writes for each code point.
template <typename Visit>
Term map_text(Context& context, const Subject& subject, Visit visit) {
  Utf8 text;
  text.out.reserve(subject.view.size());
  context.charge(subject.view.size());
  for (std::size_t behind = 0; behind < subject.view.size();) {
    const std::size_t at = behind;
    const char32_t code_point = take_code_point(subject.view, behind);
    visit(code_point, at, behind, text);
  }
  return make_text(context, text.out);
}

constexpr char upper_ascii(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }
constexpr char lower_ascii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

template <typename Map>
Term map_ascii(Context& context, std::string_view text, Map map) {
  char memory[Term::kShortStringMax];
  Term result;
  char* out = text.size() <= sizeof memory ? memory : begin_string(context.heap, text.size(), true, &result);
  for (const char c : text) *out++ = map(c);
  context.charge(text.size() / 8);
  return result.is_nothing() ? Term::short_string({memory, text.size()}) : result;
}

/// Whether there is a character and all have one of the flags.
Term all_have(Context& context, Arguments arguments, std::initializer_list<UnicodeFlag> flags) {
  const std::string_view view = string_view_of(arguments[0]);
  context.charge(view.size());
  for (std::size_t at = 0; at < view.size();) {
    const char32_t code_point = take_code_point(view, at);
    bool has = false;
    for (const UnicodeFlag flag : flags) has = has || has_unicode_flag(code_point, flag);
    if (!has) return Term::boolean(false);
  }
  return Term::boolean(!view.empty());
}

/// Whether some character has `wanted` and none is of title case or has `refused`.
Term has_only(Context& context, Arguments arguments, UnicodeFlag wanted, UnicodeFlag refused) {
  const std::string_view view = string_view_of(arguments[0]);
  context.charge(view.size());
  bool found = false;
  for (std::size_t at = 0; at < view.size();) {
    const char32_t code_point = take_code_point(view, at);
    if (has_unicode_flag(code_point, refused) || has_unicode_flag(code_point, UnicodeFlag::Title)) return Term::boolean(false);
    found = found || has_unicode_flag(code_point, wanted);
  }
  return Term::boolean(found);
}

}  // namespace

Term str_upper(Context& context, Arguments arguments) {
  const Subject subject(arguments[0]);
  if (subject.one_byte_units) return map_ascii(context, subject.view, upper_ascii);
  return map_text(context, subject,
                  [](char32_t code_point, std::size_t, std::size_t, Utf8& text) { upper_of(code_point, text); });
}

Term str_lower(Context& context, Arguments arguments) {
  const Subject subject(arguments[0]);
  if (subject.one_byte_units) return map_ascii(context, subject.view, lower_ascii);
  return map_text(context, subject, [&](char32_t code_point, std::size_t at, std::size_t behind, Utf8& text) {
    lower_at(subject, code_point, at, behind, text);
  });
}

Term str_title(Context& context, Arguments arguments) {
  const Subject subject(arguments[0]);
  bool in_word = false;
  return map_text(context, subject, [&](char32_t code_point, std::size_t at, std::size_t behind, Utf8& text) {
    in_word ? lower_at(subject, code_point, at, behind, text) : title_of(code_point, text);
    in_word = is_cased(code_point);
  });
}

Term str_capitalize(Context& context, Arguments arguments) {
  const Subject subject(arguments[0]);
  return map_text(context, subject, [&](char32_t code_point, std::size_t at, std::size_t behind, Utf8& text) {
    at > 0 ? lower_at(subject, code_point, at, behind, text) : title_of(code_point, text);
  });
}

Term str_swapcase(Context& context, Arguments arguments) {
  const Subject subject(arguments[0]);
  return map_text(context, subject, [&](char32_t code_point, std::size_t at, std::size_t behind, Utf8& text) {
    if (has_unicode_flag(code_point, UnicodeFlag::Upper)) {
      lower_at(subject, code_point, at, behind, text);
    } else if (has_unicode_flag(code_point, UnicodeFlag::Lower)) {
      upper_of(code_point, text);
    } else {
      text(code_point);
    }
  });
}

Term str_casefold(Context& context, Arguments arguments) {
  const Subject subject(arguments[0]);
  if (subject.one_byte_units) return map_ascii(context, subject.view, lower_ascii);
  return map_text(context, subject, [](char32_t code_point, std::size_t, std::size_t, Utf8& text) {
    map_folded(code_point, [&](char32_t mapped) { text(mapped); });
  });
}

Term str_isalpha(Context& context, Arguments arguments) { return all_have(context, arguments, {UnicodeFlag::Alpha}); }
Term str_isdigit(Context& context, Arguments arguments) { return all_have(context, arguments, {UnicodeFlag::Digit}); }
Term str_isdecimal(Context& context, Arguments arguments) { return all_have(context, arguments, {UnicodeFlag::Decimal}); }
Term str_isnumeric(Context& context, Arguments arguments) { return all_have(context, arguments, {UnicodeFlag::Numeric}); }
Term str_isspace(Context& context, Arguments arguments) { return all_have(context, arguments, {UnicodeFlag::Space}); }
Term str_isalnum(Context& context, Arguments arguments) {
  return all_have(context, arguments, {UnicodeFlag::Alpha, UnicodeFlag::Decimal, UnicodeFlag::Digit, UnicodeFlag::Numeric});
}
Term str_isprintable(Context& context, Arguments arguments) {
  if (arguments[0] == Term::short_string("")) return Term::boolean(true);
  return all_have(context, arguments, {UnicodeFlag::Printable});
}
Term str_isidentifier(Context& context, Arguments arguments) {
  const std::string_view view = string_view_of(arguments[0]);
  if (view.empty() || !has_unicode_flag(code_point_at(view, 0), UnicodeFlag::IdentifierStart)) return Term::boolean(false);
  return all_have(context, arguments, {UnicodeFlag::IdentifierPart});
}
Term str_isupper(Context& context, Arguments arguments) {
  return has_only(context, arguments, UnicodeFlag::Upper, UnicodeFlag::Lower);
}
Term str_islower(Context& context, Arguments arguments) {
  return has_only(context, arguments, UnicodeFlag::Lower, UnicodeFlag::Upper);
}

Term str_istitle(Context& context, Arguments arguments) {
  const std::string_view view = string_view_of(arguments[0]);
  context.charge(view.size());
  bool found = false;
  bool in_word = false;
  for (std::size_t at = 0; at < view.size();) {
    const char32_t code_point = take_code_point(view, at);
    const bool begins = has_unicode_flag(code_point, UnicodeFlag::Upper) || has_unicode_flag(code_point, UnicodeFlag::Title);
    const bool goes_on = has_unicode_flag(code_point, UnicodeFlag::Lower);
    if ((begins && in_word) || (goes_on && !in_word)) return Term::boolean(false);
    in_word = begins || goes_on;
    found = found || in_word;
  }
  return Term::boolean(found);
}

}  // namespace pyvm::vm
