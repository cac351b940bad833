// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
#include "vm/text.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "term/atom_table.h"
#include "term/hash.h"
#include "term/number.h"
#include "vm/enums.h"
#include "vm/items.h"

namespace pyvm::vm {

namespace {

constexpr std::int64_t kIntMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kIntMin = std::numeric_limits<std::int64_t>::min();

constexpr Word kLowBits = 0x0101010101010101;

/// How many of eight bytes begin a code point.
unsigned count_first_bytes(const char* bytes) {
  Word word;
  std::memcpy(&word, bytes, 8);
  const Word continuations = (word >> 7) & ~(word >> 6) & kLowBits;
  return 8 - static_cast<unsigned>(std::popcount(continuations));
}

/// Nothing after IndexError and TypeError; an index from 0 on otherwise.
std::optional<std::size_t> item_index(Context& context, Term given, std::size_t length, std::string_view of_what,
                                      std::string_view wrong_type) {
  const Term index = plain_value(given);
  if (!is_int(index)) {
    context.raise("TypeError", wrong_type);
    return {};
  }
  if (!fits_int64(index)) {
    context.raise("IndexError", "cannot fit 'int' into an index-sized integer");
    return {};
  }
  std::int64_t at = clamped_int(index);
  const auto size = static_cast<std::int64_t>(length);
  if (at < 0) at += size;
  if (at < 0 || at >= size) {
    context.raise("IndexError", std::string(of_what) + "index out of range");
    return {};
  }
  return static_cast<std::size_t>(at);
}

std::string repeated(std::string_view text, std::size_t count) {
  std::string out;
  out.reserve(text.size() * count);
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

std::size_t slice_position(const Slice& slice, std::int64_t number) {
  return static_cast<std::size_t>(slice.start + number * slice.step);
}

std::string slice_of_bytes(std::string_view text, const Slice& slice) {
  std::string out;
  for (std::int64_t i = 0; i < slice.count; ++i) out += text[slice_position(slice, i)];
  return out;
}

std::string slice_of_code_points(std::string_view utf8, const Slice& slice) {
  std::vector<std::uint32_t> offsets;
  for (std::size_t at = 0; at < utf8.size(); at += bytes_from(utf8[at])) offsets.push_back(static_cast<std::uint32_t>(at));
  std::string out;
  for (std::int64_t i = 0; i < slice.count; ++i) {
    const std::size_t offset = offsets[slice_position(slice, i)];
    out += utf8.substr(offset, bytes_from(utf8[offset]));
  }
  return out;
}

std::string constant_type_name(Term term) {
  if (term.is_none()) return "NoneType";
  if (term.is_bool()) return "bool";
  if (term.is_atom()) return "Atom";
  if (term.is_pid()) return "Pid";
  return term.is_record_class() ? "type" : "Timeout";
}

/// The last part of the dotted name in slot `slot`.
std::string last_name(Term term, Word slot) {
  const Term name = element(term, slot);
  const std::string_view dotted = string_view_of(name);
  return std::string(dotted.substr(dotted.rfind('.') + 1));
}

}  // namespace

char32_t code_point_at(std::string_view utf8, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(utf8[at + i])); };
  const char32_t first = byte(0);
  switch (bytes_from(utf8[at])) {
    case 1:
      return first;
    case 2:
      return ((first & 0x1f) << 6) | (byte(1) & 0x3f);
    case 3:
      return ((first & 0x0f) << 12) | ((byte(1) & 0x3f) << 6) | (byte(2) & 0x3f);
    default:
      return ((first & 0x07) << 18) | ((byte(1) & 0x3f) << 12) | ((byte(2) & 0x3f) << 6) | (byte(3) & 0x3f);
  }
}

void encode_utf8(std::string& out, char32_t code_point) {
  const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80 | ((code_point >> shift) & 0x3f)); };
  if (code_point < 0x80) {
    out += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    out += static_cast<char>(0xc0 | (code_point >> 6));
    tail(0);
  } else if (code_point < 0x10000) {
    out += static_cast<char>(0xe0 | (code_point >> 12));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xf0 | (code_point >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

std::size_t find_bytes(std::string_view text, std::string_view part, std::size_t from) {
  if (from > text.size()) return std::string_view::npos;
  const void* found = memmem(text.data() + from, text.size() - from, part.data(), part.size());
  return found == nullptr ? std::string_view::npos : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

std::size_t count_code_points(std::string_view utf8) {
  std::size_t count = 0;
  std::size_t i = 0;
  for (; i + 8 <= utf8.size(); i += 8) count += count_first_bytes(utf8.data() + i);
  for (; i < utf8.size(); ++i) count += is_continuation(utf8[i]) ? 0 : 1;
  return count;
}

std::size_t byte_offset(std::string_view utf8, std::size_t position) {
  std::size_t at = 0;
  while (at + 8 <= utf8.size()) {
    const unsigned begun = count_first_bytes(utf8.data() + at);
    if (begun > position) break;
    position -= begun;
    at += 8;
  }
  for (; at < utf8.size(); ++at) {
    if (is_continuation(utf8[at])) continue;
    if (position == 0) return at;
    --position;
  }
  return utf8.size();
}

bool fits_int64(Term integer) {
  if (!is_box(integer, BoxKind::Big)) return true;
  const Word* box = integer.boxed();
  const Word limit = (header_flags(box[0]) & box_flag::kNegative) != 0 ? Word{1} << 63 : (Word{1} << 63) - 1;
  return header_arity(box[0]) == 1 && box[1] <= limit;
}

std::int64_t clamped_int(Term integer) {
  if (integer.is_small()) return integer.unchecked_small();
  if (integer.is_bool()) return integer.is_true() ? 1 : 0;
  const Word* box = integer.boxed();
  const bool negative = (header_flags(box[0]) & box_flag::kNegative) != 0;
  if (!fits_int64(integer)) return negative ? kIntMin : kIntMax;
  return static_cast<std::int64_t>(negative ? ~box[1] + 1 : box[1]);
}

std::optional<std::int64_t> slice_index(Context& context, Term given, std::int64_t otherwise) {
  const Term index = plain_value(given);
  if (index.is_nothing() || index.is_none()) return otherwise;
  if (is_int(index)) return clamped_int(index);
  context.raise("TypeError", "slice indices must be integers or None or have an __index__ method");
  return {};
}

std::optional<std::int64_t> size_argument(Context& context, Term argument) {
  if (!is_int(argument)) {
    context.raise("TypeError", "'" + type_name(argument) + "' object cannot be interpreted as an integer");
    return {};
  }
  if (fits_int64(argument)) return clamped_int(argument);
  context.raise("OverflowError", "Python int too large to convert to C ssize_t");
  return {};
}

std::optional<int> int_argument(Context& context, Term argument) {
  if (!is_int(argument)) {
    context.raise("TypeError", "'" + type_name(argument) + "' object cannot be interpreted as an integer");
    return {};
  }
  const std::int64_t value = clamped_int(argument);
  if (value == static_cast<int>(value)) return static_cast<int>(value);
  context.raise("OverflowError", "Python int too large to convert to C int");
  return {};
}

std::optional<std::size_t> length_of(const Term& term) {
  if (is_string(term)) return Text(term).length();
  if (is_binary(term)) return bytes_view(term).size();
  if (is_box(term, BoxKind::Range)) return static_cast<std::size_t>(range_size(term));
  if (is_list_or_tuple(term) || is_dict(term) || is_set(resolve(term))) return size_of(term);
  return {};
}

bool is_truthy(Term term) {
  if (is_box(term, BoxKind::EnumMember)) return is_truthy_member(term);
  if (term.is_small()) return term != Term::small(0);
  if (term.is_bool()) return term.is_true();
  if (term.is_none()) return false;
  if (is_float(term)) return float_value(term) != 0;
  if (is_string(term)) return term != Term::short_string("");  // term.h, T1
  return length_of(term) != std::size_t{0};
}

std::string argument_type_name(Term term) { return term.is_none() ? "None" : type_name(term); }

std::string type_name(Term term) {
  if (term.is_small()) return "int";
  if (term.is_short_float()) return "float";
  if (term.is_short_string()) return "str";
  if (!term.is_boxed()) return constant_type_name(term);
  term = resolve(term);
  switch (header_kind(header_of(term))) {
    case BoxKind::Record:
      return record_class(element(term, 0)).qualified_name;
    case BoxKind::EnumMember:
    case BoxKind::Exception:
      return last_name(term, 1);
    default:
      break;
  }
  static constexpr std::string_view kNames[] = {"",     "float", "int",  "str",       "bytes", "bytes",    "Opaque",   "tuple",
                                                "list", "dict",  "set",  "frozenset", "",      "Ref",      "function", "",
                                                "",     "",      "cell", "function",  "range", "iterator", "type",     "slice"};
  static_assert(std::size(kNames) == static_cast<std::size_t>(BoxKind::Slice) + 1);
  return std::string(kNames[static_cast<std::size_t>(header_kind(header_of(term)))]);
}

std::optional<Slice> resolve_slice(Context& context, Term start, Term stop, Term step, std::size_t length) {
  const auto by = slice_index(context, step, 1);
  if (!by) return {};
  if (*by == 0) {
    context.raise("ValueError", "slice step cannot be zero");
    return {};
  }
  const auto size = static_cast<std::int64_t>(length);
  const std::int64_t stride = std::max(*by, -kIntMax);
  const std::int64_t low = stride < 0 ? -1 : 0;
  const std::int64_t high = stride < 0 ? size - 1 : size;
  const auto place = [&](std::int64_t at) { return std::clamp(at < 0 ? at + size : at, low, high); };
  auto first = slice_index(context, start, stride < 0 ? kIntMax : 0);
  if (!first) return {};
  auto last = slice_index(context, stop, stride < 0 ? kIntMin : kIntMax);
  if (!last) return {};
  const std::int64_t from = place(*first);
  const std::int64_t to = place(*last);
  std::int64_t count = 0;
  if (stride > 0 && from < to) count = (to - from - 1) / stride + 1;
  if (stride < 0 && from > to) count = (from - to - 1) / -stride + 1;
  return Slice{from, to, stride, count};
}

std::optional<Bounds> search_bounds(Context& context, Term start, Term end, std::size_t length) {
  const auto first = slice_index(context, start, 0);
  if (!first) return {};
  const auto last = slice_index(context, end, kIntMax);
  if (!last) return {};
  const auto size = static_cast<std::int64_t>(length);
  const auto place = [&](std::int64_t at) {
    return static_cast<std::size_t>(std::max<std::int64_t>(at < 0 ? at + size : at, 0));
  };
  return Bounds{place(*first), std::min(place(*last), length)};
}

bool fits_text(Context& context, std::size_t size) {
  context.charge(size / 8);
  if (size <= kLongestText) return true;
  const Term nothing = context.heap.tuple();
  context.raise(context.heap.make_exception({context.heap.make_string("builtins"), context.heap.make_string("MemoryError"),
                                             nothing, context.heap.make_string(""), context.heap.make_list({})}));
  return false;
}

char* begin_string(TermBuilder& heap, std::size_t size, bool ascii, Term* string) {
  PYVM_ASSERT1(size > Term::kShortStringMax, "begin_string: a short string");
  const Word words = bytes_to_words(size);
  Word* box = heap.allocate(1 + words);
  box[0] = make_header(BoxKind::String, size, ascii ? box_flag::kAscii : 0);
  box[words] = 0;  // the padding of the last word
  *string = Term::boxed(box);
  return reinterpret_cast<char*>(box + 1);
}

Term part_of_bytes(Context& context, Term binary, std::string_view part) {
  const std::string_view whole = bytes_view(binary);
  if (part.size() == whole.size()) return binary;
  if (part.size() <= kHeapBinaryMax) return make_bytes(context, part);
  SharedBytes* shared = shared_bytes(binary);  // larger than kHeapBinaryMax, so it is a shared one
  shared->retain();
  const auto offset = static_cast<std::size_t>(part.data() - reinterpret_cast<const char*>(shared->bytes()));
  return context.heap.make_shared_binary(shared, offset, part.size());
}

Term part_of_string(Context& context, Term string, std::string_view part) {
  return part.size() == string_view_of(string).size() ? string : make_text(context, part);
}

Term string_item(Context& context, Term string, Term index) {
  const Text text(string);
  const std::string wrong_type =
      is_int(plain_value(index)) ? "" : "string indices must be integers, not '" + type_name(index) + "'";
  const auto at = item_index(context, index, text.length(), "string ", wrong_type);
  if (!at) return Term();
  std::size_t offset = text.offset(*at);
  return next_character(string, offset);
}

Term string_slice(Context& context, Term string, Term start, Term stop, Term step) {
  const Text text(string);
  const auto slice = resolve_slice(context, start, stop, step, text.length());
  if (!slice) return Term();
  if (slice->count == 0) return Term::short_string("");
  if (slice->step == 1) {
    const std::size_t first = text.offset(static_cast<std::size_t>(slice->start));
    const std::string_view rest = text.utf8.substr(first);
    const auto count = static_cast<std::size_t>(slice->count);
    return part_of_string(context, string, rest.substr(0, text.ascii ? count : byte_offset(rest, count)));
  }
  return make_text(context, text.ascii ? slice_of_bytes(text.utf8, *slice) : slice_of_code_points(text.utf8, *slice));
}

Term bytes_item(Context& context, Term bytes, Term index) {
  const std::string_view view = bytes_view(bytes);
  const std::string wrong_type =
      is_int(plain_value(index)) ? "" : "byte indices must be integers or slices, not " + type_name(index);
  const auto at = item_index(context, index, view.size(), "", wrong_type);
  return at ? Term::small(static_cast<unsigned char>(view[*at])) : Term();
}

Term bytes_slice(Context& context, Term bytes, Term start, Term stop, Term step) {
  const std::string_view view = bytes_view(bytes);
  const auto slice = resolve_slice(context, start, stop, step, view.size());
  if (!slice) return Term();
  const auto count = static_cast<std::size_t>(slice->count);
  if (slice->step == 1) {
    return part_of_bytes(context, bytes, view.substr(count == 0 ? 0 : static_cast<std::size_t>(slice->start), count));
  }
  return make_bytes(context, slice_of_bytes(view, *slice));
}

Term concatenate(Context& context, Term left, Term right) {
  if (is_string(left) && is_string(right)) {
    const Term parts[] = {left, right};
    return concatenate(context, parts);
  }
  const std::string_view first = bytes_view(left);
  const std::string_view second = bytes_view(right);
  if (first.empty()) return right;
  if (second.empty()) return left;
  return make_bytes(context, std::string(first).append(second));
}

Term concatenate(Context& context, std::span<const Term> parts) {
  std::size_t size = 0;
  bool ascii = true;
  const Term* last = nullptr;
  std::size_t filled = 0;
  for (const Term& part : parts) {
    if (!is_string(part)) return context.raise("TypeError", "a text is made of strings, not of " + std::string(type_name(part)));
    const std::size_t bytes = string_view_of(part).size();
    if (bytes == 0) continue;
    size += bytes;
    ascii = ascii && is_ascii(part);
    last = &part;
    ++filled;
  }
  if (filled == 0) return Term::short_string("");
  if (filled == 1) return *last;
  if (!fits_text(context, size)) return Term();
  char memory[Term::kShortStringMax];
  Term result;
  char* out = size <= Term::kShortStringMax ? memory : begin_string(context.heap, size, ascii, &result);
  for (const Term& part : parts) {
    const std::string_view text = string_view_of(part);
    out = std::copy(text.begin(), text.end(), out);
  }
  return result.is_nothing() ? Term::short_string({memory, size}) : result;
}

Term repeat(Context& context, Term text, Term count) {
  PYVM_ASSERT1(is_string(text) || is_binary(text), "repeat: neither a string nor bytes");
  if (!is_int(count)) {
    return context.raise("TypeError", "can't multiply sequence by non-int of type '" + type_name(count) + "'");
  }
  if (!fits_int64(count)) return context.raise("OverflowError", "cannot fit 'int' into an index-sized integer");
  const std::string_view part = is_string(text) ? string_view_of(text) : bytes_view(text);
  const std::int64_t times = std::max<std::int64_t>(clamped_int(count), 0);
  if (times == 1 || part.empty()) return text;
  if (times > kIntMax / static_cast<std::int64_t>(part.size())) {
    return context.raise("OverflowError", is_string(text) ? "repeated string is too long" : "repeated bytes are too long");
  }
  if (!fits_text(context, part.size() * static_cast<std::size_t>(times))) return Term();
  const std::string out = repeated(part, static_cast<std::size_t>(times));
  return is_string(text) ? context.heap.make_string(out) : make_bytes(context, out);
}

Term contains(Context& context, Term text, Term given) {
  const Term part = plain_value(given);
  if (is_string(text)) {
    if (!is_string(part)) {
      return context.raise("TypeError", "'in <string>' requires string as left operand, not " + type_name(given));
    }
    context.charge(string_view_of(text).size() / 8);
    return Term::boolean(find_bytes(string_view_of(text), string_view_of(part)) != std::string_view::npos);
  }
  const std::string_view view = bytes_view(text);
  context.charge(view.size() / 8);
  if (is_binary(part)) return Term::boolean(find_bytes(view, bytes_view(part)) != std::string_view::npos);
  if (!is_int(part)) return context.raise("TypeError", "a bytes-like object is required, not '" + type_name(given) + "'");
  const std::int64_t byte = clamped_int(part);
  if (byte < 0 || byte > 255) return context.raise("ValueError", "byte must be in range(0, 256)");
  return Term::boolean(view.find(static_cast<char>(byte)) != std::string_view::npos);
}

}  // namespace pyvm::vm
