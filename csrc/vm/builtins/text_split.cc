// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include "vm/builtins/text_methods.h"
#include "vm/items.h"

namespace pyvm::vm {

namespace {

/// The parts of a split, made as they are found.
class Parts {
 public:
  Parts(Context& context, const Subject& subject) : context_(context), subject_(subject) {}

  void add(std::string_view part) { terms_.push_back(subject_.part(context_, part)); }
  std::size_t size() const { return terms_.size(); }
  Term make_list() {
    context_.charge(terms_.size());
    return context_.heap.make_list(terms_);
  }
  Term make_list_backwards() {
    std::reverse(terms_.begin(), terms_.end());
    return make_list();
  }

 private:
  Context& context_;
  const Subject& subject_;
  std::vector<Term> terms_;
};

std::size_t skip_spaces(const Subject& subject, std::size_t at, bool spaces) {
  while (at < subject.view.size()) {
    const auto byte = static_cast<unsigned char>(subject.view[at]);
    if (byte > ' ' && byte < 0x80) {  // most of a text
      if (spaces) break;
      ++at;
      continue;
    }
    const std::string_view unit = subject.unit_at(at);
    if (subject.is_space(unit) != spaces) break;
    at += unit.size();
  }
  return at;
}

std::size_t skip_spaces_back(const Subject& subject, std::size_t at, bool spaces) {
  while (at > 0) {
    const std::string_view unit = subject.unit_before(at);
    if (subject.is_space(unit) != spaces) break;
    at -= unit.size();
  }
  return at;
}

Term split_at_spaces(Parts parts, const Subject& subject, std::size_t limit) {
  std::size_t at = skip_spaces(subject, 0, true);
  while (at < subject.view.size()) {
    if (parts.size() == limit) {
      parts.add(subject.view.substr(at));
      break;
    }
    const std::size_t end = skip_spaces(subject, at, false);
    parts.add(subject.view.substr(at, end - at));
    at = skip_spaces(subject, end, true);
  }
  return parts.make_list();
}

Term rsplit_at_spaces(Parts parts, const Subject& subject, std::size_t limit) {
  std::size_t end = skip_spaces_back(subject, subject.view.size(), true);
  while (end > 0) {
    if (parts.size() == limit) {
      parts.add(subject.view.substr(0, end));
      break;
    }
    const std::size_t at = skip_spaces_back(subject, end, false);
    parts.add(subject.view.substr(at, end - at));
    end = skip_spaces_back(subject, at, true);
  }
  return parts.make_list_backwards();
}

Term split_at(Parts parts, const Subject& subject, std::string_view separator, std::size_t limit) {
  std::size_t at = 0;
  while (parts.size() < limit) {
    const std::size_t found = find_bytes(subject.view, separator, at);
    if (found == std::string_view::npos) break;
    parts.add(subject.view.substr(at, found - at));
    at = found + separator.size();
  }
  parts.add(subject.view.substr(at));
  return parts.make_list();
}

Term rsplit_at(Parts parts, const Subject& subject, std::string_view separator, std::size_t limit) {
  std::string_view rest = subject.view;
  while (parts.size() < limit) {
    const std::size_t found = rest.rfind(separator);
    if (found == std::string_view::npos) break;
    parts.add(rest.substr(found + separator.size()));
    rest = rest.substr(0, found);
  }
  parts.add(rest);
  return parts.make_list_backwards();
}

struct SplitArguments {
  std::string_view separator;  // without data: spaces
  std::size_t limit = 0;
};

bool read_split_arguments(Context& context, const Subject& subject, Arguments arguments, SplitArguments* read) {
  const auto limit = size_argument(context, arguments[2].is_nothing() ? Term::small(-1) : arguments[2]);
  if (!limit) return false;
  read->limit = *limit < 0 ? std::numeric_limits<std::size_t>::max() : static_cast<std::size_t>(*limit);
  context.charge(subject.view.size() / 8);
  if (arguments[1].is_nothing() || arguments[1].is_none()) return true;
  if (!subject.is_alike(arguments[1])) {
    subject.bytes ? raise_not_bytes(context, arguments[1]) : raise_type_error(context, "must be str or None, not ", arguments[1]);
    return false;
  }
  read->separator = subject.view_of(arguments[1]);
  if (!read->separator.empty()) return true;
  context.raise("ValueError", "empty separator");
  return false;
}

/// The bytes of the line break at byte `at`; 0 if there is none.
std::size_t line_break_bytes(const Subject& subject, std::size_t at);

Term make_partition(Context& context, const Subject& subject, std::size_t found, std::size_t size) {
  return context.heap.tuple(subject.part(context, subject.view.substr(0, found)),
                            subject.make(context, subject.view.substr(found, size)),
                            subject.part(context, subject.view.substr(found + size)));
}

bool read_separator(Context& context, const Subject& subject, const Term& separator) {
  context.charge(subject.view.size() / 8);
  if (!subject.is_alike(separator)) {
    subject.bytes ? raise_not_bytes(context, separator) : raise_type_error(context, "must be str, not ", separator);
    return false;
  }
  if (!subject.view_of(separator).empty()) return true;
  context.raise("ValueError", "empty separator");
  return false;
}

Term raise_not_joinable(Context& context, const Subject& subject, std::size_t number, Term wrong) {
  return raise_type_error(context,
                          "sequence item " + std::to_string(number) +
                              (subject.bytes ? ": expected a bytes-like object, " : ": expected str instance, "),
                          wrong, " found");
}

Term join_items(Context& context, const Subject& subject, std::span<const Term> items) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!subject.is_alike(items[i])) return raise_not_joinable(context, subject, i, items[i]);
    size += subject.view_of(items[i]).size() + (i > 0 ? subject.view.size() : 0);
  }
  if (items.size() == 1) return items[0];
  if (!fits_text(context, size)) return Term();
  std::string out;
  out.reserve(size);
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += subject.view;
    out += subject.view_of(items[i]);
  }
  return subject.make(context, out);
}

std::size_t line_break_bytes(const Subject& subject, std::size_t at) {
  const std::string_view unit = subject.unit_at(at);
  if (unit[0] == '\r') return subject.view.substr(at).starts_with("\r\n") ? 2 : 1;
  if (unit[0] == '\n') return 1;
  return !subject.bytes && is_line_break(code_point_at(unit, 0)) ? unit.size() : 0;
}

}  // namespace

Term text_split(Context& context, Arguments arguments) {
  const Subject subject(arguments[0]);
  SplitArguments how;
  if (!read_split_arguments(context, subject, arguments, &how)) return Term();
  if (how.separator.empty()) return split_at_spaces(Parts(context, subject), subject, how.limit);
  return split_at(Parts(context, subject), subject, how.separator, how.limit);
}

Term text_rsplit(Context& context, Arguments arguments) {
  const Subject subject(arguments[0]);
  SplitArguments how;
  if (!read_split_arguments(context, subject, arguments, &how)) return Term();
  if (how.separator.empty()) return rsplit_at_spaces(Parts(context, subject), subject, how.limit);
  return rsplit_at(Parts(context, subject), subject, how.separator, how.limit);
}

Term text_splitlines(Context& context, Arguments arguments) {
  const Subject subject(arguments[0]);
  const bool keep = !arguments[1].is_nothing() && is_truthy(arguments[1]);
  context.charge(subject.view.size() / 8);
  Parts parts(context, subject);
  std::size_t first = 0;
  std::size_t at = 0;
  while (at < subject.view.size()) {
    const std::size_t broken = line_break_bytes(subject, at);
    if (broken == 0) {
      at += subject.unit_at(at).size();
      continue;
    }
    parts.add(subject.view.substr(first, at - first + (keep ? broken : 0)));
    first = at += broken;
  }
  if (first < at) parts.add(subject.view.substr(first));
  return parts.make_list();
}

Term text_partition(Context& context, Arguments arguments) {
  const Subject subject(arguments[0]);
  if (!read_separator(context, subject, arguments[1])) return Term();
  const std::string_view separator = subject.view_of(arguments[1]);
  const std::size_t found = find_bytes(subject.view, separator);
  if (found != std::string_view::npos) return make_partition(context, subject, found, separator.size());
  return make_partition(context, subject, subject.view.size(), 0);
}

Term text_rpartition(Context& context, Arguments arguments) {
  const Subject subject(arguments[0]);
  if (!read_separator(context, subject, arguments[1])) return Term();
  const std::string_view separator = subject.view_of(arguments[1]);
  const std::size_t found = subject.view.rfind(separator);
  if (found != std::string_view::npos) return make_partition(context, subject, found, separator.size());
  return make_partition(context, subject, 0, 0);
}

Term text_join(Context& context, Arguments arguments) {
  const Subject subject(arguments[0]);
  if (is_list_or_tuple(arguments[1])) return join_items(context, subject, list_items(arguments[1]));
  std::vector<Term> items;
  if (collect_items(context, arguments[1], items)) return join_items(context, subject, items);
  return context.raise("TypeError", "can only join an iterable");
}

}  // namespace pyvm::vm
