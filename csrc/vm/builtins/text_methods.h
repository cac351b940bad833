// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Text methods: what str and bytes do alike. Each serves both types, told by its object. A unit is a code point of a string, a
// byte of bytes; positions count units.
#pragma once

#include "vm/text.h"

namespace pyvm::vm {

/// The object of such a method.
struct Subject {
  explicit Subject(const Term& self)
      : self(self),
        bytes(is_binary(self)),
        one_byte_units(bytes || is_ascii(self)),
        view(bytes ? bytes_view(self) : string_view_of(self)) {}
  Subject(const Term&&) = delete;

  std::size_t length() const { return one_byte_units ? view.size() : count_code_points(view); }
  std::size_t offset(std::size_t position) const {
    return one_byte_units ? std::min(position, view.size()) : byte_offset(view, position);
  }
  std::size_t position(std::size_t offset) const { return one_byte_units ? offset : count_code_points(view.substr(0, offset)); }
  /// The unit that begins at byte `at`, and the one that ends there.
  std::string_view unit_at(std::size_t at) const { return view.substr(at, bytes ? 1 : bytes_from(view[at])); }
  std::string_view unit_before(std::size_t at) const;
  bool is_space(std::string_view unit) const;

  /// `part` lies in `view`.
  Term part(Context& context, std::string_view part) const {
    return bytes ? part_of_bytes(context, self, part) : part_of_string(context, self, part);
  }
  Term make(Context& context, std::string_view text) const {
    return bytes ? make_bytes(context, text) : make_text(context, text);
  }
  /// Whether `other` is of the same type; its text.
  bool is_alike(Term other) const { return bytes ? is_binary(other) : is_string(other); }
  std::string_view view_of(const Term& other) const { return bytes ? bytes_view(other) : string_view_of(other); }

  const Term& self;
  bool bytes;
  bool one_byte_units;
  std::string_view view;
};

Term raise_type_error(Context& context, std::string_view before, Term wrong, std::string_view after = "");
/// "replace() argument 1 must be str, not None"
Term raise_bad_argument(Context& context, std::string_view before, Term wrong);
/// "a bytes-like object is required, not 'int'"
Term raise_not_bytes(Context& context, Term wrong);

/// What str.splitlines() ends a line at, besides "\r\n".
bool is_line_break(char32_t code_point);

using Arguments = std::span<const Term>;

Term text_find(Context& context, Arguments arguments);
Term text_rfind(Context& context, Arguments arguments);
Term text_index(Context& context, Arguments arguments);
Term text_rindex(Context& context, Arguments arguments);
Term text_count(Context& context, Arguments arguments);
Term text_startswith(Context& context, Arguments arguments);
Term text_endswith(Context& context, Arguments arguments);
Term text_removeprefix(Context& context, Arguments arguments);
Term text_removesuffix(Context& context, Arguments arguments);
Term text_replace(Context& context, Arguments arguments);

Term text_split(Context& context, Arguments arguments);
Term text_rsplit(Context& context, Arguments arguments);
Term text_splitlines(Context& context, Arguments arguments);
Term text_partition(Context& context, Arguments arguments);
Term text_rpartition(Context& context, Arguments arguments);
Term text_join(Context& context, Arguments arguments);

Term text_strip(Context& context, Arguments arguments);
Term text_lstrip(Context& context, Arguments arguments);
Term text_rstrip(Context& context, Arguments arguments);
Term text_center(Context& context, Arguments arguments);
Term text_ljust(Context& context, Arguments arguments);
Term text_rjust(Context& context, Arguments arguments);
Term text_zfill(Context& context, Arguments arguments);
Term text_expandtabs(Context& context, Arguments arguments);

}  // namespace pyvm::vm
