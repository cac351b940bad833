// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Quoting as in Python's repr() of str and bytes. Private to print.cc. Both stop soon after `out` has passed `limit` bytes.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace pyvm::print_detail {

void append_quoted(std::string& out, std::string_view utf8, std::size_t limit);
void append_quoted(std::string& out, std::span<const std::byte> bytes, std::size_t limit);

/// `text` cut to at most `size` bytes without breaking a code point.
void cut_at_code_point(std::string& text, std::size_t size);

}  // namespace pyvm::print_detail
