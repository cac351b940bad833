// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "vm/builtins/text_methods.h"
#include "vm/enums.h"

namespace pyvm::vm {

namespace {

enum class Side : std::uint8_t { First, Last };

/// What a search is for: a text like the subject, or a byte of bytes.
class Needle {
 public:
  /// Leaves an exception if `term` is none.
  bool read(Context& context, const Subject& subject, const Term& term) {
    if (subject.is_alike(term)) {
      view = subject.view_of(term);
      return true;
    }
    if (!subject.bytes) {
      raise_type_error(context, "must be str, not ", term);
    } else if (!is_int(term)) {
      raise_type_error(context, "argument should be integer or bytes-like object, not '", term, "'");
    } else if (clamped_int(term) < 0 || clamped_int(term) > 255) {
      context.raise("ValueError", "byte must be in range(0, 256)");
    } else {
      byte_ = static_cast<char>(clamped_int(term));
      view = {&byte_, 1};
      return true;
    }
    return false;
  }

  std::string_view view;

 private:
  char byte_ = 0;
};

/// The part of a subject that a search looks at, in bytes. Not `valid` if it begins behind its end.
struct Range {
  std::size_t first = 0;
  std::string_view view;
  bool valid = true;
};

/// False if an exception is left.
bool read_range(Context& context, const Subject& subject, Term start, Term end, Range* range) {
  *range = {0, subject.view, true};
  context.charge(subject.view.size() / 8);
  if (start.is_nothing() && end.is_nothing()) return true;
  const auto bounds = search_bounds(context, start, end, subject.length());
  if (!bounds) return false;
  range->valid = bounds->start <= bounds->end;
  if (!range->valid) return true;
  range->first = subject.offset(bounds->start);
  range->view = subject.view.substr(range->first, subject.offset(bounds->end) - range->first);
  return true;
}

/// The position found, -1 if there is none; nothing after an exception.
Term find_position(Context& context, Arguments arguments, Side side) {
  const Subject subject(arguments[0]);
  Needle needle;
  Range range;
  if (!read_range(context, subject, arguments[2], arguments[3], &range)) return Term();
  if (!needle.read(context, subject, arguments[1])) return Term();
  if (!range.valid) return Term::small(-1);
  const std::size_t at = side == Side::First ? find_bytes(range.view, needle.view) : range.view.rfind(needle.view);
  if (at == std::string_view::npos) return Term::small(-1);
  return Term::small(static_cast<std::int64_t>(subject.position(range.first + at)));
}

Term require_position(Context& context, Arguments arguments, Side side) {
  const Term position = find_position(context, arguments, side);
  if (position != Term::small(-1)) return position;
  return context.raise("ValueError", is_binary(arguments[0]) ? "subsection not found" : "substring not found");
}

std::size_t count_parts(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = find_bytes(text, part, at)) != std::string_view::npos; at += part.size()) ++count;
  return count;
}

bool has_affix(std::string_view text, std::string_view affix, Side side) {
  return side == Side::First ? text.starts_with(affix) : text.ends_with(affix);
}

Term raise_no_affix(Context& context, const Subject& subject, Term wrong, std::string_view method, bool in_tuple) {
  const std::string type = subject.bytes ? "bytes" : "str";
  if (!in_tuple) {
    return raise_type_error(context, std::string(method) + " first arg must be " + type + " or a tuple of " + type + ", not ",
                            wrong);
  }
  if (subject.bytes) return raise_not_bytes(context, wrong);
  return raise_type_error(context, "tuple for " + std::string(method) + " must only contain str, not ", wrong);
}

Term test_affix(Context& context, Arguments arguments, Side side, std::string_view method) {
  const Subject subject(arguments[0]);
  Range range;
  if (!read_range(context, subject, arguments[2], arguments[3], &range)) return Term();
  if (!is_tuple(arguments[1])) {
    if (!subject.is_alike(arguments[1])) return raise_no_affix(context, subject, arguments[1], method, false);
    return Term::boolean(range.valid && has_affix(range.view, subject.view_of(arguments[1]), side));
  }
  for (const Term given : list_items(arguments[1])) {
    const Term affix = plain_value(given);
    if (!subject.is_alike(affix)) return raise_no_affix(context, subject, given, method, true);
    if (range.valid && has_affix(range.view, subject.view_of(affix), side)) return Term::boolean(true);
  }
  return Term::boolean(false);
}

Term remove_affix(Context& context, Arguments arguments, Side side, std::string_view method) {
  const Subject subject(arguments[0]);
  if (!subject.is_alike(arguments[1])) {
    if (subject.bytes) return raise_not_bytes(context, arguments[1]);
    return raise_bad_argument(context, std::string(method) + "() argument must be str, not ", arguments[1]);
  }
  const std::string_view affix = subject.view_of(arguments[1]);
  if (!has_affix(subject.view, affix, side)) return subject.self;
  const std::size_t rest = subject.view.size() - affix.size();
  return subject.part(context, subject.view.substr(side == Side::First ? affix.size() : 0, rest));
}

/// `text` before each unit of `subject` and at its end, `limit` times at most.
std::string interleave(const Subject& subject, std::string_view text, std::size_t limit) {
  std::string out;
  std::size_t at = 0;
  for (; limit > 0 && at <= subject.view.size(); --limit) {
    out += text;
    if (at == subject.view.size()) return out;
    const std::string_view unit = subject.unit_at(at);
    out += unit;
    at += unit.size();
  }
  return out += subject.view.substr(at);
}

std::string replace_parts(std::string_view text, std::string_view before, std::string_view after, std::size_t count) {
  std::string out;
  out.reserve(text.size() + count * after.size() - count * before.size());
  std::size_t at = 0;
  for (; count > 0; --count) {
    const std::size_t found = find_bytes(text, before, at);
    out += text.substr(at, found - at);
    out += after;
    at = found + before.size();
  }
  return out += text.substr(at);
}

Term raise_not_replaceable(Context& context, const Subject& subject, Term wrong, char number) {
  if (subject.bytes) return raise_not_bytes(context, wrong);
  return raise_bad_argument(context, std::string("replace() argument ") + number + " must be str, not ", wrong);
}

}  // namespace

Term text_find(Context& context, Arguments arguments) { return find_position(context, arguments, Side::First); }
Term text_rfind(Context& context, Arguments arguments) { return find_position(context, arguments, Side::Last); }
Term text_index(Context& context, Arguments arguments) { return require_position(context, arguments, Side::First); }
Term text_rindex(Context& context, Arguments arguments) { return require_position(context, arguments, Side::Last); }

Term text_count(Context& context, Arguments arguments) {
  const Subject subject(arguments[0]);
  Needle needle;
  Range range;
  if (!read_range(context, subject, arguments[2], arguments[3], &range)) return Term();
  if (!needle.read(context, subject, arguments[1])) return Term();
  if (!range.valid) return Term::small(0);
  std::size_t count = 0;
  if (needle.view.empty()) {
    count = 1 + (subject.one_byte_units ? range.view.size() : count_code_points(range.view));
  } else {
    count = count_parts(range.view, needle.view);
  }
  return Term::small(static_cast<std::int64_t>(count));
}

Term text_startswith(Context& context, Arguments arguments) { return test_affix(context, arguments, Side::First, "startswith"); }
Term text_endswith(Context& context, Arguments arguments) { return test_affix(context, arguments, Side::Last, "endswith"); }
Term text_removeprefix(Context& context, Arguments arguments) {
  return remove_affix(context, arguments, Side::First, "removeprefix");
}
Term text_removesuffix(Context& context, Arguments arguments) {
  return remove_affix(context, arguments, Side::Last, "removesuffix");
}

Term text_replace(Context& context, Arguments arguments) {
  const Subject subject(arguments[0]);
  if (!subject.is_alike(arguments[1])) return raise_not_replaceable(context, subject, arguments[1], '1');
  if (!subject.is_alike(arguments[2])) return raise_not_replaceable(context, subject, arguments[2], '2');
  const auto limit = size_argument(context, arguments[3].is_nothing() ? Term::small(-1) : arguments[3]);
  if (!limit) return Term();
  const std::string_view before = subject.view_of(arguments[1]);
  const std::string_view after = subject.view_of(arguments[2]);
  const std::size_t parts = before.empty() ? subject.length() + 1 : count_parts(subject.view, before);
  const std::size_t count = *limit < 0 ? parts : std::min(parts, static_cast<std::size_t>(*limit));
  if (count == 0 || before == after) return subject.self;
  if (after.size() > before.size() && !fits_text(context, count * (after.size() - before.size()))) return Term();
  return subject.make(context,
                      before.empty() ? interleave(subject, after, count) : replace_parts(subject.view, before, after, count));
}

}  // namespace pyvm::vm
