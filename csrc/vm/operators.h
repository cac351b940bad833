// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Operators: what the instructions mean for operands that the interpreter does not do in its loop. All follow CPython 3.11: values,
// exceptions and their texts. Functions that give nothing or false-with-an-error have left an exception in the context (V1).
#pragma once

#include "vm/context.h"
#include "vm/module.h"

namespace pyvm::vm {

/// One of Add .. BitXor.
PYVM_EXPORT Term operate(Context& context, Opcode op, Term left, Term right);
/// left op= right, one of Add .. BitXor: a list, set or dict is changed, anything else gives what the operator gives.
Term operate_in_place(Context& context, Opcode op, Term left, Term right);
/// One of Negate, Plus, Invert.
Term operate(Context& context, Opcode op, Term operand);

enum class [[nodiscard]] Answer : std::uint8_t { No, Yes, Raised };
inline Answer answer(bool yes) { return yes ? Answer::Yes : Answer::No; }

/// Python's ==; RecursionError beyond a hundred thousand levels, as for a list that contains itself.
Answer is_equal(Context& context, Term left, Term right);
/// One of Less .. GreaterEqual.
Answer order(Context& context, Opcode op, Term left, Term right);
bool is_same(Term left, Term right);
Answer has_item(Context& context, Term container, Term item);

Term get_item(Context& context, Term container, Term key);
bool set_item(Context& context, Term container, Term key, Term value);
bool delete_item(Context& context, Term container, Term key);
/// `bounds`: start, stop, step; None where one is left out.
Term get_slice(Context& context, Term container, const Term* bounds);
bool set_slice(Context& context, Term container, const Term* bounds, Term value);
bool delete_slice(Context& context, Term container, const Term* bounds);

/// What needs no function of the program: a property is one for GetProperty. `module` runs; it knows classes (classes.h).
Term get_attribute(Context& context, Term object, Term name, const Module* module);
/// The same where a function asks for one of its constants: what a record has is remembered (inline_cache.h).
Term get_attribute(Context& context, Term object, const Function& function, unsigned name);

/// object.name = value of an exception or a record, while it is made. False: it raised.
bool set_attribute(Context& context, Term object, Term name, Term value);

/// The state of an iteration in three registers: what is iterated, the position, and the size at the beginning of a dict or set. A
/// range of small integers is its step, its next and its end.
bool iterate(Context& context, Term source, Term* state);
bool iterate_range(Context& context, const Term* bounds, Term* state);
/// Yes: `value` is the next one.
Answer next(Context& context, Term* state, Term* value);

/// Everything an iterable gives, appended to `list`.
bool extend(Context& context, Term list, Term iterable);
/// The same for `*iterable` in a display, whose error differs.
bool extend_display(Context& context, Term list, Term iterable);
/// Adds the members of an iterable to a set, or the entries of a dict to a dict.
bool update(Context& context, Term target, Term source);
/// `before` elements, a list of what is between, `after` elements; without `star` exactly `before`.
bool unpack(Context& context, Term source, unsigned before, bool star, unsigned after, Term* targets);

/// The function that the class of `object` has under a name; of a record `<names>` and `<values>`: tuples; None for what has none.
Term get_special(Context& context, const Function& function, Term object, unsigned name);
/// type(object)
Term class_of_value(Context& context, Term object, const Module* module);
Answer is_instance(Context& context, Term object, Term classes);
Answer is_exception(Context& context, Term exception, Term classes);

bool add_to_set(Context& context, Term set, Term member);

/// Whether a term may be a key: TypeError "unhashable type: 'list'" otherwise.
bool check_hashable(Context& context, Term key);

}  // namespace pyvm::vm
