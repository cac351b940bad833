// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Calls: functions as values, and what is called by name or by value and is not in the module.
#pragma once

#include "proc/signal.h"
#include "vm/context.h"
#include "vm/module.h"

namespace pyvm::vm {

struct KnownMethod;  // builtins/lookup.h
struct MethodSet;

Term make_cell(Context& context, Term value);

// What can be called is a Closure box. Its first word is a pointer that looks like a small integer; two bits of it say to what.
//   01   a Function; then what it captures
//   11   a KnownMethod; then its object
//   111  a Function, a method of the program; then its object
// and a literal with 1 in the third bit besides 01 stands for a Builtin.

/// A closure: the function, the defaults that are not constant, and what it captures.
Term make_function(Context& context, const Function& function, const Term* captures);
Term make_bound_method(Context& context, const KnownMethod& method, Term object);
Term make_bound_function(Context& context, const Function& function, Term object);
inline Word builtin_word(const Builtin& builtin) { return reinterpret_cast<Word>(&builtin) | 5; }
/// "loop", "append", "len"
std::string_view function_name(Term closure);

/// The function that `callable` is, if so many arguments are its parameters in order and it captures nothing; else null.
const Function* function_taking(Term callable, std::size_t arguments);
/// The arguments of a call of `callable` in the order of its parameters, defaults and what it captures included, as a tuple; `function` is
/// what it calls. Nothing: no function, or they do not fit.
Term bind_call(Context& context, Term callable, std::span<const Term> arguments, const Function** function);
/// A message with a copy of `term`; null with TypeError and the path of what cannot be sent: "message[1]: a function ...".
Signal* make_message(Context& context, Term term, std::string_view root);
/// Sends `value` to who waits for what the process returns (SpawnOptions::returns). False: it cannot be sent.
bool send_result(Context& context, Term value);
bool check_sendable(Context& context, Term term, std::string_view root);

/// A record of a class whose Type box has its fields.
Term make_record(Context& context, Term type, std::span<const Term> arguments, Term names);
/// An object of a class: int("5"), list(x), ValueError("no"), a record. `names` are those of the last arguments.
Term call_class(Context& context, Term type, std::span<const Term> arguments, Term names);

/// Adds the mapping `more` to the dict `names` of a call of `callee` by name. False with TypeError: it is none, or a name is there already.
bool merge_names(Context& context, Term names, Term more, Term callee);

/// What a qualified name means as a value; nothing with AttributeError where it is gone.
Term newest_value(Context& context, const QualifiedName& name, const Meaning& meaning);

/// arguments[0] is the object; `methods` are those called `name`.
Term call_method(Context& context, const MethodSet* methods, Term name, std::span<Term> arguments);

/// A built-in that has refused its arguments by TypeError is asked again with the values of members of an IntEnum or StrEnum among them,
/// which in CPython are ints and strings: of as few as it takes, for what it keeps or sends stays a member. The first error, which names
/// the classes, stands if it refuses all of them, or there are more than six.
Term run_with_values(Context& context, BuiltinFunction run, std::span<Term> arguments);
inline Term run_builtin(Context& context, BuiltinFunction run, std::span<Term> arguments) {
  const Term made = run(context, arguments);
  return made.is_nothing() ? run_with_values(context, run, arguments) : made;
}

}  // namespace pyvm::vm
