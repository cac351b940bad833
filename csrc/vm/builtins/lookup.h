// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Lookup: all built-in functions by number, all methods by name and type.
#pragma once

#include "vm/context.h"

namespace pyvm::vm {

/// In the order of their numbers, which the compiler is told (operand B).
PYVM_EXPORT std::span<const Builtin> builtin_table();
/// The built-in of that name, or null.
const Builtin* find_builtin(std::string_view name);

/// What a signature wants, for calls whose arguments the compiler has not put in order.
struct SignatureShape {
  std::size_t positional = 0;    // parameters that a place fills
  std::size_t required = 0;      // of those, the first ones
  std::size_t keyword_only = 0;  // always left out by such a call; one of them is the dict of `**name`
  bool has_rest = false;         // `*name`: takes what is left
  bool has_names = false;        // `**name`: takes what is left of the arguments by name
};
SignatureShape shape_of(std::string_view signature);

struct KnownMethod {
  const Method* method = nullptr;
  SignatureShape shape;
};

inline constexpr std::size_t kMethodTypes = 12;

/// The methods of one name, by type.
struct MethodSet {
  KnownMethod of_type[kMethodTypes];
};
/// Null: no type has a method of that name. Lives for ever.
const MethodSet* find_methods(std::string_view name);

/// Calls with positional arguments: `first` is the object of a method, or nothing. `name` is for errors.
Term call_with_positions(Context& context, std::string_view name, const SignatureShape& shape, BuiltinFunction run, Term first,
                         std::span<const Term> arguments);

/// The same with arguments by name: the last ones, for each name of the tuple `names`.
Term call_with_names(Context& context, std::string_view name, std::string_view signature, BuiltinFunction run, Term first,
                     std::span<const Term> arguments, Term names);

/// The method of that name that an object has, or null.
const KnownMethod* find_method(Term object, std::string_view name);

}  // namespace pyvm::vm
