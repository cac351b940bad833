// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Arguments: pids, references, names, times and choices as the functions of the package take them. What is none leaves the exception that
// the same function raises in a coroutine process, and gives false.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "proc/process.h"
#include "term/boxed.h"
#include "vm/context.h"

namespace pyvm::vm {

/// 'text'
std::string quoted(Term string);

inline bool is_left_out(Term argument) { return argument.is_nothing() || argument.is_none(); }

/// The view is of `term` itself.
bool read_name(Context& context, const Term& term, std::string_view* name);
bool read_pid(Context& context, Term term, const char* what, Pid* pid);
bool read_ref(Context& context, Term term, const char* what, RefValue* ref);
/// A finite, not negative number of seconds, as nanoseconds.
bool read_seconds(Context& context, Term term, const char* what, std::uint64_t* ns);
/// The number of a word among the choices; the error lists them. An empty one is None.
bool read_choice(Context& context, Term term, const char* what, std::span<const std::string_view> choices, std::size_t* number);
/// The `alias` of a monitor; nothing means None.
bool read_monitor_alias(Context& context, Term term, AliasMode* mode);
/// A whole number from 1 to `most`; None and nothing are 0.
bool read_amount(Context& context, Term term, const char* what, std::int64_t most, Word* amount);

inline constexpr std::string_view kPriorities[] = {"low", "normal", "high", "max"};
inline constexpr std::int64_t kMostHeapBytes = std::int64_t{1} << 48;
inline constexpr std::int64_t kMostMailbox = std::int64_t{1} << 31;

}  // namespace pyvm::vm
