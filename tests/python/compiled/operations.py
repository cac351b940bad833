# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The opcodes whose meaning is that of their operands' values: what they compute, and when they jump."""

from __future__ import annotations

import operator


class Nothing:
    """What a register without a value has; made anew, and so poison, where a call overwrites."""


NOTHING = Nothing()


class Cell:
    def __init__(self, value):
        self.value = value


def same(one, other):
    plain = type(one) is type(other) and type(one) in (int, float, str, bytes)
    return one is other or (plain and one == other)


def add_int(left, amount):
    return left + amount if amount >= 0 else left - -amount


def add_int_in_place(left, amount):
    return operator.iadd(left, amount) if amount >= 0 else operator.isub(left, -amount)


def format_value(value, spec):
    return format(value) if spec is NOTHING else format(value, spec)


def extend(container, more):
    container += [*more]


def is_exception(error, kind):
    try:
        raise error
    except kind:
        return True
    except BaseException as other:
        if other is not error:
            raise other.with_traceback(None) from None
        return False


def update(container, more):
    if isinstance(container, dict):
        container |= {**more}  # no pairs
    else:
        container.update(more)


def callable_text(function):
    """What errors of calls with stars call it."""
    if not hasattr(function, "__qualname__"):
        return str(function)
    module = getattr(function, "__module__", None)
    return ("" if module in (None, "builtins") else f"{module}.") + f"{function.__qualname__}()"


def merge_names(names, more, function):
    shown = callable_text(function)
    if not isinstance(more, dict):
        kind = type(more).__name__
        raise TypeError(f"{shown} argument after ** must be a mapping, not {kind}")
    for name, value in more.items():
        if name in names:
            raise TypeError(f"{shown} got multiple values for keyword argument '{name}'")
        names[name] = value


OPERATIONS = {
    "LoadNewest": lambda own, name: own,  # nothing is loaded again
    "Move": lambda x: x, "LoadConst": lambda x: x, "LoadInt": lambda x: x,
    "LoadNone": lambda: None, "LoadTrue": lambda: True, "LoadFalse": lambda: False,
    "Add": operator.add, "Subtract": operator.sub, "Multiply": operator.mul,
    "TrueDivide": operator.truediv, "FloorDivide": operator.floordiv, "Modulo": operator.mod,
    "Power": operator.pow, "ShiftLeft": operator.lshift, "ShiftRight": operator.rshift,
    "BitAnd": operator.and_, "BitOr": operator.or_, "BitXor": operator.xor,
    "AddInt": add_int, "InPlaceAddInt": add_int_in_place, "InPlaceAdd": operator.iadd,
    "Negate": operator.neg, "Plus": operator.pos, "Invert": operator.invert, "Not": operator.not_,
    "Equal": operator.eq, "NotEqual": operator.ne, "Less": operator.lt, "LessEqual": operator.le,
    "Greater": operator.gt, "GreaterEqual": operator.ge,
    "Is": same, "In": lambda one, many: one in many,
    "Append": list.append, "Extend": extend, "AddToSet": set.add, "Update": update,
    "ListToTuple": tuple, "GetItem": operator.getitem, "GetItemInt": operator.getitem,
    "MergeNames": merge_names,
    "SetItem": operator.setitem, "DeleteItem": operator.delitem,
    "GetAttribute": getattr, "Format": format_value,
    "Convert": lambda x, how: {115: str, 114: repr, 97: ascii}[how](x),
    "MakeCell": Cell, "GetCell": lambda cell: cell.value,
    "SetCell": lambda cell, value: setattr(cell, "value", value),
    "IsException": is_exception, "IsInstance": isinstance,
    "IsSequence": lambda x, n: isinstance(x, tuple | list | range) and len(x) == n,
    "IsSequenceFrom": lambda x, n: isinstance(x, tuple | list | range) and len(x) >= n,
    "IsMapping": lambda x, n: isinstance(x, dict) and len(x) >= n,
    "GetKey": lambda x, key: x.get(key, NOTHING),
    "WithoutKeys": lambda x, keys: {k: v for k, v in x.items() if k not in keys},
}  # fmt: skip
IN_PLACE = {
    "Subtract": operator.isub, "Multiply": operator.imul, "TrueDivide": operator.itruediv,
    "FloorDivide": operator.ifloordiv, "Modulo": operator.imod, "Power": operator.ipow,
    "ShiftLeft": operator.ilshift, "ShiftRight": operator.irshift, "BitAnd": operator.iand,
    "BitOr": operator.ior, "BitXor": operator.ixor,
}  # fmt: skip
JUMPS = {
    "Jump": lambda: True, "LoopJump": lambda: True,
    "JumpIfTrue": bool, "JumpIfFalse": operator.not_,
    "JumpIfNone": lambda x: x is None, "JumpIfNotNone": lambda x: x is not None,
    "JumpIfSet": lambda x: not isinstance(x, Nothing),
    "JumpIfEqual": operator.eq, "JumpIfNotEqual": lambda x, y: not operator.eq(x, y),
    "JumpIfLess": operator.lt, "JumpIfNotLess": lambda x, y: not x < y,
    "JumpIfLessEqual": operator.le, "JumpIfNotLessEqual": lambda x, y: not x <= y,
    "JumpIfGreater": operator.gt, "JumpIfNotGreater": lambda x, y: not x > y,
    "JumpIfGreaterEqual": operator.ge, "JumpIfNotGreaterEqual": lambda x, y: not x >= y,
}  # fmt: skip
JUMPS |= {
    f"{name}Int": test
    for name, test in JUMPS.items()
    if name.endswith(("Equal", "Less", "Greater"))
}
JUMPS |= {"LoopIfLess": operator.lt, "LoopIfLessInt": operator.lt, "LoopIfGreaterInt": operator.gt}
