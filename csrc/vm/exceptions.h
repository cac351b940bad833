// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Exceptions of the language: which classes there are, and how `raise` makes one. A class as a value is a Type box (boxed.h): module and
// qualified name.
#pragma once

#include <string>
#include <vector>

#include "vm/context.h"

namespace pyvm::vm {

/// Whether class `name` of builtins is `base` or derived from it.
bool is_builtin_subclass(std::string_view name, std::string_view base);
bool is_builtin_exception(std::string_view name);

/// Remembers that class `name` ("module.qualified name") of exceptions, defined in Python, derives from `bases`, named alike. Any thread; what
/// was said last counts, as a class may be defined anew.
PYVM_EXPORT void declare_exception_class(std::string name, std::vector<std::string> bases);
/// Whether that class was declared to derive from `base`.
bool is_declared_subclass(const std::string& name, const std::string& base);

/// The exception with these arguments of a class of exceptions.
Term make_exception_of(Context& context, Term exception_class, std::span<const Term> arguments);

/// exception.name = value, while it is made: `args`, or an attribute. False: it raised.
bool set_exception_attribute(Context& context, Term exception, Term name, Term value);
bool add_note(Context& context, Term exception, Term note);

/// A class as a value, of which nothing but its name is known.
Term named_class(Context& context, Term module, Term qualified_name);
/// A class of builtins as a value.
Term class_value(Context& context, std::string_view name);
/// Raises one of builtins with these arguments.
Term raise_exception(Context& context, std::string_view name, std::span<const Term> arguments);

/// What a process ends with that nobody has caught: the exception, or the reason given to pyvm.exit. What cannot be sent of it is left out.
OwnedTerm exit_reason_of(Context& context, Term exception);

/// `raise value from cause`: `cause` is nothing without a `from`. Leaves what is raised in the context.
void raise_value(Context& context, Term value, Term cause);
/// `message` is nothing when the assert has none.
void raise_assertion(Context& context, Term message);
void raise_unbound(Context& context, Term variable);

}  // namespace pyvm::vm
