// Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
//
// Members of enums: what they are worth, and how those of flags are combined. What is known of an enum is in its ClassTable.
#pragma once

#include "vm/classes.h"
#include "vm/context.h"

namespace pyvm::vm {

/// An enum as a class value.
inline bool is_enum_class(Term type) { return is_box(type, BoxKind::Type) && arity_of(type) == 4 && element(type, 2).is_none(); }

/// member.value; nothing if no image has named the enum.
Term enum_value(Term member);
/// member.name: of a combination of flags, their names with `|`.
Term enum_name(Context& context, Term member);
/// The flags with one bit that are in a flag, as a tuple.
Term flag_members(Context& context, Term flag);
/// The members that an iteration over an enum gives, as a tuple.
Term enum_members(Context& context, Term type);

/// The value of a member that is a number or text itself, as of an IntEnum; any other term as it is.
Term plain_value(Term term);
/// `op` of flags (BitAnd, BitOr, BitXor), or of one and a number for an IntFlag; nothing, without an error, for anything else.
Term combine_flags(Context& context, Opcode op, Term left, Term right);
/// The member or combination of a Flag with that value: Perm(5); the same.
Term flag_of_value(Context& context, Term type, Term value);
/// ~flag; the same.
Term invert_flag(Context& context, Term member);
/// Whether a member counts as true: one without a value that says otherwise does.
bool is_truthy_member(Term member);
/// repr(): "<Color.RED: 1>"; "" if no image has named the enum.
std::string enum_repr(Term member);
/// Whether an enum is a Flag.
bool is_flag(Term term);

}  // namespace pyvm::vm
