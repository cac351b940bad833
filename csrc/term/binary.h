// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Binary: the bytes behind strings and binaries, whatever form holds them. Views live as long as the term's storage.
#pragma once

#include <span>
#include <string_view>

#include "term/boxed.h"
#include "term/off_heap.h"

namespace pyvm {

/// The UTF-8 of a string. Of a short one it lies in `string` itself, which must outlive the view.
inline std::string_view string_view_of(const Term& string) {
  if (string.is_short_string()) return string.unchecked_short_view();
  return {reinterpret_cast<const char*>(string.boxed() + 1), arity_of(string)};
}
std::string_view string_view_of(const Term&& string) = delete;

inline bool is_binary(Term term) { return is_box(term, BoxKind::Binary) || is_box(term, BoxKind::SharedBinary); }

/// What a shared binary, or a slice of one, is in.
inline SharedBytes* shared_bytes(Term shared_binary) {
  return static_cast<SharedBytes*>(reinterpret_cast<OffHeap*>(shared_binary.boxed()[2]));
}

/// The bytes of a heap binary, a shared one, or a slice.
inline std::span<const std::byte> binary_bytes(Term binary) {
  const Word* box = binary.boxed();
  if (header_kind(box[0]) == BoxKind::Binary) return {reinterpret_cast<const std::byte*>(box + 1), header_arity(box[0])};
  return {shared_bytes(binary)->bytes() + box[3], header_arity(box[0])};
}

}  // namespace pyvm
