// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <utility>

#include "vm/builtins/text_methods.h"
#include "vm/enums.h"
#include "vm/items.h"

namespace pyvm::vm {

namespace {

/// The parts of a split, made as they are found.
class Parts {
 public:
  Parts(Context& context, const Subject& subject) : context_(context), subject_(subject) {}

  void add(std::string_view part) { terms_.push_back(subject_.part(context_, part)); }
  /// Of bytes or an ASCII string; neither empty nor all of it.
  void add_word(std::string_view part) {
    const auto behind = static_cast<std::size_t>(subject_.view.end() - part.begin());
    if (part.size() <= 16 && behind >= 16) [[likely]]
      return terms_.push_back(make_short(part));
    add(part);
  }
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
  /// A part of at most 16 bytes, when as many can be read: no loop whose turns depend on its size.
  Term make_short(std::string_view part) {
    const std::size_t size = part.size();
    Word words[2];
    std::memcpy(words, part.data(), sizeof words);
    if (size <= 8) words[0] &= ~Word{0} >> (64 - 8 * size);
    if (size <= Term::kShortStringMax && !subject_.bytes)
      return Term::from_bits(words[0] << 8 | (Term::short_string("").bits() + (size << 3)));  // T1
    Word* box = context_.heap.allocate(1 + bytes_to_words(size));
    box[0] = subject_.bytes ? make_header(BoxKind::Binary, size) : make_header(BoxKind::String, size, box_flag::kAscii);
    box[1] = words[0];
    if (size > 8) box[2] = words[1] & (~Word{0} >> (128 - 8 * size));
    return Term::boxed(box);
  }

  Context& context_;
  const Subject& subject_;
  std::vector<Term> terms_;
};

constexpr Word kEachByte = 0x0101010101010101;
constexpr Word kHighBits = 0x80 * kEachByte;

/// The high bit of each byte of `bytes`, none of which has its own, that is at least `least`.
constexpr Word at_least(Word bytes, Word least) { return bytes + (0x80 - least) * kEachByte; }

/// A bit for each byte that is a space; bytes beyond ASCII are none. The bytes 28 to 31 are spaces of strings only.
unsigned spaces_of_word(Word word, bool bytes) {
  const Word low = word & ~kHighBits;
  const Word breaks = at_least(low, '\t') & ~at_least(low, '\r' + 1);
  const Word others = at_least(low, bytes ? ' ' : 0x1c) & ~at_least(low, ' ' + 1);
  const Word spaces = ((breaks | others) & ~word & kHighBits) >> 7;
  return static_cast<unsigned>((spaces * 0x0102040810204080) >> 56);
}

/// The same of 64 bytes from `at` on; what is behind the end counts as spaces.
std::uint64_t spaces_of_block(std::string_view text, std::size_t at, bool bytes) {
  std::uint64_t spaces = 0;
  std::size_t i = 0;
  for (; i < 64 && at + i + 8 <= text.size(); i += 8) {
    Word word;
    std::memcpy(&word, text.data() + at + i, 8);
    spaces |= std::uint64_t{spaces_of_word(word, bytes)} << i;
  }
  if (i == 64) return spaces;
  Word word = ' ' * kEachByte;
  std::memcpy(&word, text.data() + at + i, text.size() - at - i);
  return spaces | std::uint64_t{spaces_of_word(word, bytes)} << i | (i == 56 ? 0 : ~std::uint64_t{0} << (i + 8));
}

/// Of bytes or an ASCII string, all words of it: where words begin and end are the bits that differ from the one before.
Term split_into_words(Context& context, const Subject& subject) {
  Parts parts(context, subject);
  const std::string_view text = subject.view;
  std::uint64_t before = 1;  // whether the last byte was a space
  std::size_t begin = 0;
  bool in_word = false;
  for (std::size_t block = 0; block <= text.size(); block += 64) {
    const std::uint64_t spaces = spaces_of_block(text, block, subject.bytes);
    std::uint64_t changes = spaces ^ (spaces << 1 | before);
    before = spaces >> 63;
    for (; changes != 0; changes &= changes - 1, in_word = !in_word) {
      const std::size_t at = block + static_cast<std::size_t>(std::countr_zero(changes));
      if (in_word) parts.add_word(text.substr(begin, at - begin));
      begin = at;
    }
  }
  return parts.make_list();
}

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

/// `items` are members' values afterwards.
Term join_items(Context& context, const Subject& subject, std::span<Term> items) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Term given = std::exchange(items[i], plain_value(items[i]));
    if (!subject.is_alike(items[i])) return raise_not_joinable(context, subject, i, given);
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
  if (how.separator.empty() && how.limit > subject.view.size() && subject.one_byte_units)
    return split_into_words(context, subject);
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
  std::vector<Term> items;
  if (collect_items(context, arguments[1], items)) return join_items(context, subject, items);
  return context.raise("TypeError", "can only join an iterable");
}

}  // namespace pyvm::vm
