// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Leaves: ints and strings between CPython's layouts and terms, where the public calls are too slow for every message.
// Everything that knows a version of CPython stands here. Bits of a term, or 0 where the slower way must be taken.
#pragma once

#include <Python.h>

#include <cstring>
#include <thread>

#include "term/binary.h"
#include "term/term_builder.h"

namespace pyvm::python {

/// An exact int of one or no digit (below 2^30).
inline Word compact_int_bits(PyObject* number) {
#if PY_VERSION_HEX >= 0x030C0000
  auto* value = reinterpret_cast<PyLongObject*>(number);
  if (!PyUnstable_Long_IsCompact(value)) return 0;
  return Term::small(PyUnstable_Long_CompactValue(value)).bits();
#else
  const Py_ssize_t size = Py_SIZE(number);
  if (size < -1 || size > 1) return 0;
  const auto digit = static_cast<std::int64_t>(reinterpret_cast<PyLongObject*>(number)->ob_digit[0]);
  return Term::small(size * digit).bits();  // zero has no digit but room for one, which the product makes harmless
#endif
}

/// Up to 7 bytes as the payload of a short string.
inline Word short_string_bits(const char* bytes, std::size_t size) {
  const auto byte = [bytes](std::size_t i) { return Word{static_cast<unsigned char>(bytes[i])}; };
  Word payload = 0;
  if (size >= 4) {
    std::uint32_t low, high;  // overlapping: the common bytes are or-ed with themselves
    std::memcpy(&low, bytes, 4);
    std::memcpy(&high, bytes + size - 4, 4);
    payload = Word{low} | (Word{high} << (8 * (size - 4)));
  } else if (size > 0) {
    payload = byte(0) | (byte(size / 2) << (8 * (size / 2))) | (byte(size - 1) << (8 * (size - 1)));
  }
  return (payload << 8) | (Word{16 + size} << 3) | Term::kImmediateTag;
}

inline Word utf8_bits(TermBuilder& builder, const char* bytes, std::size_t size, bool ascii) {
  if (size <= Term::kShortStringMax) return short_string_bits(bytes, size);
  const Word words = bytes_to_words(size);
  Word* box = builder.allocate(1 + words);
  box[0] = make_header(BoxKind::String, size, ascii ? box_flag::kAscii : 0);
  box[words] = 0;  // the padding of the last word
  std::memcpy(box + 1, bytes, size);
  return Term::boxed(box).bits();
}

/// An exact str in ASCII, of any length up to `limit`.
inline Word ascii_bits(PyObject* string, TermBuilder& builder, Py_ssize_t limit) {
  if (!PyUnicode_IS_COMPACT_ASCII(string)) return 0;
  const Py_ssize_t size = reinterpret_cast<PyASCIIObject*>(string)->length;
  if (size > limit) return 0;
  return utf8_bits(builder, reinterpret_cast<const char*>(reinterpret_cast<PyASCIIObject*>(string) + 1),
                   static_cast<std::size_t>(size), true);
}

inline PyObject* str_from_utf8(const char* bytes, std::size_t size, bool ascii) {
  if (!ascii || size == 1) return PyUnicode_DecodeUTF8(bytes, static_cast<Py_ssize_t>(size), "strict");
  if (size == 0) return PyUnicode_New(0, 0);
  PyObject* string = PyUnicode_New(static_cast<Py_ssize_t>(size), 127);
  if (string != nullptr) std::memcpy(PyUnicode_1BYTE_DATA(string), bytes, size);
  return string;
}

/// A string term, short or boxed, as a new str.
inline PyObject* str_from_term(Term string) {
  const std::string_view utf8 = string_view_of(string);
  const bool ascii = string.is_short_string() ? (string.bits() & 0x8080808080808000u) == 0
                                              : (header_flags(header_of(string)) & box_flag::kAscii) != 0;
  return str_from_utf8(utf8.data(), utf8.size(), ascii);
}

/// Above a pid's value in the term.
inline constexpr Word pid_tag = Term::pid(Pid()).bits();

inline double boxed_float(Term box) { return std::bit_cast<double>(box.boxed()[1]); }

/// An unfilled box of `arity` words after the header.
inline Word* open_box(TermBuilder& builder, BoxKind kind, Word arity) {
  Word* box = builder.allocate(1 + arity);
  box[0] = make_header(kind, arity);
  return box;
}

/// The same for dicts and sets, with room for the index.
inline Word* open_indexed_box(TermBuilder& builder, BoxKind kind, Word entries) {
  Word* box = builder.allocate(box_words(make_header(kind, entries)));
  box[0] = make_header(kind, entries);
  return box;
}

/// Objects of immediate terms that are worth keeping: short strings, pids. Direct-mapped, with the GIL.
class ImmediateCache {
 public:
  PyObject* find(Word bits) const {  // borrowed, or nullptr
    const Entry& entry = entries_[home(bits)];
    return entry.bits == bits ? entry.object : nullptr;
  }
  void put(Word bits, PyObject* object) {
    Entry& entry = entries_[home(bits)];
    PyObject* evicted = entry.object;
    entry = {bits, Py_NewRef(object)};
    Py_XDECREF(evicted);  // str and Pid objects run no code when they go
  }

 private:
  static constexpr unsigned kLogEntries = 10;
  struct Entry {
    Word bits = 0;
    PyObject* object = nullptr;
  };
  static std::size_t home(Word bits) { return static_cast<std::size_t>((bits * 0x9E3779B97F4A7C15u) >> (64 - kLogEntries)); }

  Entry entries_[std::size_t{1} << kLogEntries];
};

/// Passes on the exception that is set.
inline int raise_current() { return -1; }

inline PyObject* object_new(PyTypeObject* cls) {
  static PyObject* const no_arguments = PyTuple_New(0);
  return PyBaseObject_Type.tp_new(cls, no_arguments, nullptr);
}

/// Marks a box as living in immortal storage: copies share it.
inline void mark_literal(Term box) {
  if (box.is_boxed()) const_cast<Word*>(box.boxed())[0] |= Word{box_flag::kLiteral} << 8;
}

/// Drops everything in `builder` on a thread without the GIL, as schedulers do.
inline void release_on_thread(TermBuilder& builder) {
  std::thread([&builder] {
    TermStorage storage = builder.take_storage();
    release_storage(storage);
  }).join();
}

}  // namespace pyvm::python
