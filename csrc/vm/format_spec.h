// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// FormatSpec: [[fill]align][sign][z][#][0][width][grouping][.precision][type], read. Private to format*.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "vm/context.h"

namespace pyvm::vm::format_detail {

struct FormatSpec {
  std::string_view fill = " ";  // one code point
  char align = 0;               // < > = ^
  char sign = 0;                // + - or space
  bool no_negative_zero = false;
  bool alternate = false;
  std::optional<std::size_t> width;
  char grouping = 0;  // , or _
  std::optional<std::size_t> precision;
  char32_t type = 0;  // 0 if there is none
};

/// ValueError and nothing if `spec` is none. `default_align` is where the type stands by itself, `default_type` what no type means.
std::optional<FormatSpec> read_spec(Context& context, std::string_view spec, char default_align, char32_t default_type,
                                    std::string_view type_name);

/// A decimal number, in digits of any script, at `at`, which is moved behind it. Nothing if there is none. ValueError `too_large`.
std::optional<std::size_t> read_decimal(Context& context, std::string_view text, std::size_t& at, std::string_view too_large);

/// `text` between as many fills as are missing to the width of the spec.
Term make_padded(Context& context, const FormatSpec& spec, std::string_view text);

/// The parts of a number: sign and prefix, digits that may be grouped, and what follows them.
struct NumberParts {
  std::string prefix;
  std::string digits;
  std::string rest;
};
Term make_number(Context& context, const FormatSpec& spec, const NumberParts& parts);

/// "Unknown format code 'y' for object of type 'int'"
Term raise_unknown_type(Context& context, char32_t type, std::string_view type_name);

}  // namespace pyvm::vm::format_detail
