# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Basic blocks of instructions over numbered registers.

A jump ends its block. A block falls through to the one placed behind it unless its last
instruction ends it for good. Operands are those of csrc/vm/opcodes.def; a jump has a block where
the instruction will have a distance. An exception in a block goes to the block's handler.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

NO_REGISTER: Final = 65535
ENDS: Final = frozenset(
    {
        "Jump",
        "LoopJump",
        "Return",
        "TailCall",
        "TailCallNewest",
        "TailCallValue",
        "TailCallSpread",
        "Raise",
        "Reraise",
        "AssertionFailed",
    }
)


@dataclass(eq=False)
class Handler:
    """Where an exception goes on, and the register that it is found in."""

    target: Block
    register: int
    outer: Handler | None

    def chain(self) -> Iterator[Handler]:
        """This handler and those around it, the innermost first."""
        one: Handler | None = self
        while one is not None:
            yield one
            one = one.outer


@dataclass(eq=False)
class Block:
    """Instructions that run one after the other."""

    handler: Handler | None = None
    code: list[Instruction] = field(default_factory=list)

    @property
    def ends(self) -> bool:
        """Whether control never falls through to the next block."""
        return bool(self.code) and (self.code[-1].op in ENDS or self.code[-1].op == "RejectMessage")

    def targets(self) -> Iterator[Block]:
        """The blocks that it jumps to."""
        for instruction in self.code:
            target = instruction.target
            if target is not None:
                yield target


@dataclass(eq=False)
class Instruction:
    """One instruction; `extent` is what its operands do not say (see `reads` and `writes`)."""

    op: str
    a: int
    b: int
    c: int
    line: int
    target: Block | None = None
    extent: tuple[int, int] = (0, 0)

    def reads(self) -> list[int]:
        """The registers that it reads."""
        return [register for part in self._reads() for register in part if register != NO_REGISTER]

    def writes(self) -> list[int]:
        """The registers that it gives values to."""
        a, b, c = self.a, self.b, self.c
        match self.op:
            case "Unpack":
                return list(range(a, a + c))
            case "UnpackStar":
                return list(range(a, a + (c & 255) + 1 + (c >> 8)))
            case "Iterate" | "IterateRange":
                return list(range(a, a + 3))
            case "Next":
                return [b, a, a + 1, a + 2]
            case "Receive" | "AcceptMessage":
                parameters, slots = self.extent
                return [a, *range(a + 1 + parameters, a + 1 + parameters + slots)]
            case op if op in _WRITE_A:
                return [a]
        return []

    def read_mask(self) -> int:
        """The registers that it reads, a bit each."""
        simple = _READ_MASKS.get(self.op)
        return mask_of(self.reads()) if simple is None else simple(self)

    def write_mask(self) -> int:
        """The registers that it gives values to, a bit each."""
        return 1 << self.a if self.op in _WRITE_A else mask_of(self.writes())

    def can_replace_read(self, register: int) -> bool:
        """Whether it reads a register as an operand of its own, not among others side by side."""
        if self.op == "InPlace" and self.a == register:  # which writes it too
            return False
        places = _READ.get(self.op, "")
        own = [place for place in places if getattr(self, place) == register]
        return self.reads().count(register) == len(own)

    def replace_read(self, register: int, other: int) -> None:
        """Reads `other` instead; see `can_replace_read`."""
        for place in _READ[self.op]:
            if getattr(self, place) == register:
                setattr(self, place, other)

    def move_up(self, first: int, count: int, kinds: str) -> None:
        """Makes room for `count` registers before `first`; `kinds` are those of its operands."""
        for place, kind in zip("abc", kinds, strict=True):
            register = getattr(self, place)
            if (
                kind in "RDWX"
                and register >= first
                and not (kind == "X" and register == NO_REGISTER)
            ):
                setattr(self, place, register + count)

    def unsets(self) -> range:
        """The registers that an Unset empties."""
        return range(self.a, self.a + self.b)

    def _reads(self) -> list[range]:
        a, b, c = self.a, self.b, self.c
        match self.op:
            case "Call" | "TailCall" | "CallBuiltin" | "CallMethod" | "GetProperty":
                return [range(a + 2, a + 2 + c)]
            case "CallNewest" | "TailCallNewest":
                return [range(a + 2, a + 2 + self.extent[0])]
            case "Replace" | "Spawn":
                return [range(a + 2, a + 2 + b)]
            case "MakeRecord":
                return [range(c, c + self.extent[0])]
            case "CallValue" | "TailCallValue":
                return [_one(a), range(a + 2, a + 2 + b)]
            case "CallSpread" | "TailCallSpread":
                return [_one(a), range(a + 2, a + 2 + b)]
            case "MakeTuple" | "MakeList" | "MakeSet" | "Join":
                return [range(b, b + c)]
            case "MakeDict":
                return [range(b, b + 2 * c)]
            case "GetSlice":
                return [_one(b), range(c, c + 3)]
            case "SetSlice":
                return [_one(a), range(b, b + 3), _one(c)]
            case "DeleteSlice":
                return [_one(a), range(b, b + 3)]
            case "IterateRange":
                return [range(b, b + 3)]
            case "Next":
                return [range(a, a + 3)]
            case "MakeFunction":
                return [range(c, c + self.extent[0])]
            case "SendTuple":
                return [_one(a), range(b, b + c)]
            case "Receive":
                return [range(a + 1, a + 1 + self.extent[0]), _one(c)]
            case "AcceptMessage" | "RejectMessage":
                return [range(a, a + 1 + self.extent[0])]
        return [_one(value) for value, place in zip((a, b, c), "abc", strict=True)
                if place in _READ.get(self.op, "")]  # fmt: skip


def _one(register: int) -> range:
    return range(register, register + 1)


def mask_of(registers: Iterable[int]) -> int:
    """A set of registers, a bit each."""
    mask = 0
    for register in registers:
        mask |= 1 << register
    return mask


_BINARY: Final = [
    "Add",
    "Subtract",
    "Multiply",
    "TrueDivide",
    "FloorDivide",
    "Modulo",
    "Power",
    "ShiftLeft",
    "ShiftRight",
    "BitAnd",
    "BitOr",
    "BitXor",
    "InPlaceAdd",
    "Equal",
    "NotEqual",
    "Less",
    "LessEqual",
    "Greater",
    "GreaterEqual",
    "Is",
    "In",
    "GetItem",
    "IsException",
    "GetKey",
    "IsInstance",
    "WithoutKeys",
    "Format",
]
_UNARY: Final = [
    "Move",
    "AddInt",
    "InPlaceAddInt",
    "Negate",
    "Plus",
    "Invert",
    "Not",
    "ListToTuple",
    "GetItemInt",
    "GetAttribute",
    "GetSpecial",
    "Convert",
    "Iterate",
    "MakeCell",
    "GetCell",
    "IsSequence",
    "IsSequenceFrom",
    "IsMapping",
    "ReceiveAny",
]
_COMPARISONS: Final = [
    negation + comparison
    for negation in ("", "Not")
    for comparison in ("Equal", "Less", "LessEqual", "Greater", "GreaterEqual")
]
_READ: Final = {
    **dict.fromkeys(_BINARY, "bc"),
    **dict.fromkeys(_UNARY, "b"),
    **dict.fromkeys(
        ["JumpIfTrue", "JumpIfFalse", "JumpIfNone", "JumpIfNotNone", "JumpIfSet", "CheckSet"], "a"
    ),
    **{f"JumpIf{comparison}": "ab" for comparison in _COMPARISONS},
    **{f"JumpIf{comparison}Int": "a" for comparison in _COMPARISONS},
    **dict.fromkeys(["Return", "Reraise"], "a"),
    **dict.fromkeys(
        [
            *["Append", "Extend", "AddToSet", "Update", "DeleteItem", "SetCell", "Raise"],
            *["InPlace", "Send"],
        ],
        "ab",
    ),
    "SendTuple": "a",
    "SetItem": "abc",
    "SetAttribute": "ac",
    "MakeException": "c",
    "MergeNames": "abc",
    "AssertionFailed": "a",
    "Unpack": "b",
    "UnpackStar": "b",
}
_WRITE_A: Final = frozenset(
    [
        *_BINARY,
        *set(_UNARY) - {"Iterate"},
        *[
            "LoadConst",
            "LoadNewest",
            "LoadInt",
            "LoadNone",
            "LoadTrue",
            "LoadFalse",
            "MakeTuple",
            "MakeList",
            "MakeSet",
            "MakeDict",
            "GetSlice",
        ],
        *["MakeRecord", "MakeException", "GetProperty", "Replace"],
        *["Join", "MakeFunction", "Call", "CallNewest", "CallValue", "CallSpread", "CallBuiltin"],
        *["CallMethod", "InPlace", "Spawn"],
    ]
)
# The same as `reads`, faster, of operands that are never left out.
_MASKS: Final[dict[str, Callable[[Instruction], int]]] = {
    "": lambda one: 0,
    "a": lambda one: 1 << one.a,
    "b": lambda one: 1 << one.b,
    "ab": lambda one: 1 << one.a | 1 << one.b,
    "ac": lambda one: 1 << one.a | 1 << one.c,
    "bc": lambda one: 1 << one.b | 1 << one.c,
    "abc": lambda one: 1 << one.a | 1 << one.b | 1 << one.c,
}
_MAY_BE_LEFT_OUT: Final = {"AssertionFailed", "Format", "MakeException", "Raise", "ReceiveAny"}
_READ_MASKS: Final = {
    op: _MASKS[places]
    for op, places in _READ.items()
    if op not in _MAY_BE_LEFT_OUT and op != "SendTuple"  # which reads more
} | dict.fromkeys(
    ["LoadConst", "LoadInt", "LoadNone", "LoadTrue", "LoadFalse", "Jump", "LoopJump", "Unset"],
    _MASKS[""],
)
