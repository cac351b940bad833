// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Format: values as text, as Python's repr(), str(), ascii(), format(), str.format() and % show them.
//
//   str_of, repr_of, ascii_of     an int of more than 4,300 digits is a ValueError, as in Python
//   format_value                  format(value, spec): ints, bools, floats and strings with the whole of Python's mini-language
//   format_fields                 str.format(); of the attributes of a field, those of records
//   format_percent                template % values
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "vm/context.h"

namespace pyvm::vm {

PYVM_EXPORT Term str_of(Context& context, const Term& value);
PYVM_EXPORT Term repr_of(Context& context, const Term& value);
PYVM_EXPORT Term ascii_of(Context& context, const Term& value);

/// `spec` is a string, or nothing for "".
PYVM_EXPORT Term format_value(Context& context, const Term& value, const Term& spec);

/// `keywords` is a dict or nothing. Without `positional`, as format_map does: `positional` has no data then.
PYVM_EXPORT Term format_fields(Context& context, const Term& format, std::span<const Term> positional, const Term& keywords);

/// `format` is a string or bytes (PEP 461), whose result is bytes.
PYVM_EXPORT Term format_percent(Context& context, const Term& format, const Term& values);

/// The digits of an int or bool without its sign, in base 2, 8, 10 or 16; nothing after an exception.
std::optional<std::string> int_digits(Context& context, Term integer, unsigned base);
bool is_negative_int(Term integer);
/// An int, bool or float as a float; nothing after OverflowError.
std::optional<double> as_double(Context& context, Term number);

/// A surrogate would have to become a part of a string.
Term raise_surrogate(Context& context);
/// The character of an int; an exception and nothing if it has none.
std::optional<std::string> character_of(Context& context, Term code_point, std::string_view out_of_range);

}  // namespace pyvm::vm
