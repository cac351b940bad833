# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""An interpreter of images over Python objects: what csrc/vm/opcodes.def means, as a program.

It is stricter than it must be: what a call may overwrite is overwritten, and a register without a
value is read only where the list of opcodes says so.
"""

from __future__ import annotations

import dataclasses
import re
import struct
from pathlib import Path

from fake_vm import TIMEOUT, Deadlock, ReceiveTimeout, matches
from operations import IN_PLACE, JUMPS, NOTHING, OPERATIONS, Nothing, callable_text

from pyvm.compiler.compiled.classes import special_methods
from pyvm.compiler.compiled.meanings import (
    NO_DEFAULT,
    ContainerConstant,
    FunctionConstant,
    Signature,
)

DEFINITIONS = Path(__file__).parents[3] / "csrc/vm/opcodes.def"
OPCODES = tuple(
    (name, a + b + c)
    for name, a, b, c in re.findall(
        r"^PYVM_OPCODE\((\w+), (\w), (\w), (\w),", DEFINITIONS.read_text(), re.MULTILINE
    )
)
NO_REGISTER = 65535
MAY_READ_NOTHING = {"Move", "MakeCell", "SetCell", "CheckSet", "JumpIfSet"}
MAY_READ_NOTHING |= {"MakeTuple", "MakeList", "MakeSet", "MakeDict", "Join"}  # span() looks
MAY_READ_NOTHING |= {"MakeRecord", "MakeFunction"}


class Broken(BaseException):
    """The image does what the machine does not allow."""


class Closure:
    """A function of the language as a value."""

    def __init__(self, machine, number, captured):
        self.machine, self.number, self.captured = machine, number, captured
        self.__name__, self.__qualname__, _, shape, defaults, *_ = machine.functions[number]
        self.__module__ = machine.sources[machine.functions[number][11]][0]
        if isinstance(defaults, int):
            defaults, self.captured = captured[:defaults], captured[defaults:]
        else:
            defaults = machine.constants(defaults)
        self.bound = binder(self.__qualname__, shape, defaults)

    def __call__(self, *arguments, **named):
        bound = self.bound(*arguments, **named)
        return self.machine.call(self.number, bound, self.captured)


def binder(qualified, shape, defaults):
    """A function that puts arguments in the order of the registers, with the errors of a call."""
    names, by_place, by_name, rest, further = shape
    missing = [NO_DEFAULT] * (len(names) - len(defaults))
    defaults = [*missing, *defaults]
    texts = [
        name if value is NO_DEFAULT or value is NOTHING else f"{name}=_defaults[{i}]"
        for i, (name, value) in enumerate(zip(names, defaults, strict=True))
    ]
    behind = texts[len(texts) - by_name :]
    before = texts[: len(texts) - by_name]
    if by_place:
        before.insert(by_place, "/")
    star = ["*_rest"] if rest else ["*"] * bool(by_name)
    double = ["**_further"] if further else []
    results = [*names, *["_rest"] * rest, *["_further"] * further]
    scope = {"_defaults": defaults}
    parts = ", ".join([*before, *star, *behind, *double])
    exec(f"def bind({parts}): return [{', '.join(results)}]", scope)
    scope["bind"].__qualname__ = qualified
    return scope["bind"]


class Machine:
    """Runs the functions of an image.

    Args:
        image: it.
        builtins: function and signature of each built-in, in the order of their numbers.
        mailbox: messages of the one process.
    """

    def __init__(self, image, builtins=(), mailbox=()):
        _, _, _, self.sources, self.functions, self.programs, *_ = image
        self.builtins = builtins
        self.mailbox = list(mailbox)
        self.proposed = (0, 0)
        self.closures = {}
        self.made = {}
        self.waits = []  # the registers with a value at each receive

    def constants(self, values):
        """Constants of an image as values; each is made once."""
        for value in values:
            if id(value) not in self.made:
                self.made[id(value)] = self.constant(value)
        return [self.made[id(value)] for value in values]

    def constant(self, value):
        if isinstance(value, FunctionConstant):
            return self.closures.setdefault(value.number, Closure(self, value.number, ()))
        if not isinstance(value, ContainerConstant):
            return value
        parts = self.constants(value.parts)
        if value.kind == "dict":
            return dict(zip(parts[::2], parts[1::2], strict=True))
        if value.kind == "record":
            return parts[0](*parts[1:])
        kinds = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}
        return slice(*parts) if value.kind == "slice" else kinds[value.kind](parts)

    def call(self, number, arguments, captured=()):
        while True:
            result = Frame(self, number, [*arguments, *captured]).run()
            if not isinstance(result, TailCall):
                return result
            if not isinstance(result.function, Closure):
                return result.function(*result.arguments, **result.named)
            number, captured = result.function.number, result.function.captured
            arguments = result.arguments
            if result.named is not None:
                arguments = result.function.bound(*arguments, **result.named)

    def receive(self, program, parameters, timeout):
        patterns, guarded = self.programs[program]
        (place, case), self.proposed = self.proposed, (0, 0)
        if timeout is not NOTHING and timeout is not None and not place < len(self.mailbox):
            self.mailbox.append(TIMEOUT)
        for subject in self.mailbox[place:]:
            for index in range(case, len(patterns)):
                slots = {}
                if matches(patterns[index], subject, parameters, slots):
                    if guarded[index]:
                        self.proposed = (place, index + 1)
                    else:
                        del self.mailbox[place]
                    return index, slots
            place, case = place + 1, 0
        if timeout is NOTHING or timeout is None:
            raise Deadlock
        if self.mailbox[-1:] != [TIMEOUT]:
            self.mailbox.append(TIMEOUT)
            self.proposed = (place, 0)
            return self.receive(program, parameters, timeout)
        del self.mailbox[-1]
        raise ReceiveTimeout


class TailCall:
    """`named` is None where the arguments are those of all registers."""

    def __init__(self, function, arguments, named):
        self.function, self.arguments, self.named = function, arguments, named


class Frame:
    """One call."""

    def __init__(self, machine, number, first):
        self.machine = machine
        (_, _, _, _, _, _, registers, code, constants, _, self.handlers, _) = machine.functions[
            number
        ]
        self.constants = machine.constants(constants)
        self.code = list(struct.iter_unpack("<4H", code))
        self.registers = [*first, *[NOTHING] * (registers - len(first))]
        self.place = 0
        self.kept = None  # the register of what is made for the next instruction alone
        self.result = NOTHING

    def run(self):
        while True:
            at = self.place
            op, *fields = self.code[at]
            self.place += 1
            try:
                self.execute(*OPCODES[op], *fields)
            except Exception as error:
                self.handle(at, error)
            if self.result is not NOTHING:
                return self.result

    def forget_kept(self):
        if self.kept is not None:  # nobody reads it again
            self.registers[self.kept] = Nothing()
        self.kept = None

    def handle(self, at, error):
        self.forget_kept()
        for begin, end, target, register in self.handlers:
            if begin <= at < end:
                self.place = target
                self.registers[register] = error
                return
        raise error

    def execute(self, name, kinds, a, b, c):
        """Fetches and stores what the kinds of operands say; OPERATIONS has the rest."""
        fields = [a, b, c]
        values = [self.operand(name, kind, fields, i) for i, kind in enumerate(kinds)]
        operation, keeps, _ = name.partition("Keep")
        self.forget_kept()
        self.kept = a if keeps else None
        if operation in OPERATIONS:
            result = OPERATIONS[operation](
                *[v for v, kind in zip(values, kinds, strict=True) if kind not in "D_"]
            )
            if kinds[0] == "D":
                self.registers[a] = result
        elif name in JUMPS:
            tests = [v for v, kind in zip(values, kinds, strict=True) if kind in "RI"]
            if JUMPS[name](*tests):
                self.jump(kinds, fields)
        else:
            getattr(self, "op_" + re.sub("(?!^)([A-Z])", r"_\1", name).lower())(a, b, c)

    def operand(self, name, kind, fields, place):
        field = fields[place]
        if kind == "R":
            value = self.registers[field]
            if isinstance(value, Nothing) and name not in MAY_READ_NOTHING:
                raise Broken(f"{name} {fields} reads nothing at {self.place - 1}")
            return value
        if kind == "X":
            return NOTHING if field == NO_REGISTER else self.registers[field]
        if kind in "KM":
            return self.constants[field]
        if kind == "I":
            return signed(field)
        return field

    def jump(self, kinds, fields):
        if "L" in kinds:
            distance = fields[1] | fields[2] << 16
            self.place += distance - (1 << 32) if distance >> 31 else distance
        else:
            self.place += signed(fields[2])

    def span(self, first, count):
        found = self.registers[first : first + count]
        if len(found) != count or any(isinstance(one, Nothing) for one in found):
            raise Broken(f"registers {first} to {first + count} are not all there: {found}")
        return found

    def window(self, a, count, *, may_lack=False):
        """Takes the arguments of a call, and overwrites what it may."""
        arguments = self.registers[a + 2 : a + 2 + count]
        if len(self.registers) < a + 2 + count:
            raise Broken("a window beyond the frame")
        if not may_lack and any(isinstance(one, Nothing) for one in arguments):
            raise Broken(f"an argument is missing at {self.place - 1}")
        self.registers[a:] = [Nothing() for _ in self.registers[a:]]
        return arguments

    # What needs more than its operands.

    def op_unset(self, a, b, c):
        self.registers[a : a + b] = [NOTHING] * b

    def op_check_set(self, a, b, c):
        if isinstance(self.registers[a], Nothing):
            name = self.constants[b]
            raise UnboundLocalError(
                f"cannot access local variable '{name}' where it is not associated with a value"
            )

    def op_in_place(self, a, b, c):
        self.registers[a] = IN_PLACE[OPCODES[c][0]](self.registers[a], self.registers[b])

    def op_make_tuple(self, a, b, c):
        self.registers[a] = tuple(self.span(b, c))

    def op_make_list(self, a, b, c):
        self.registers[a] = list(self.span(b, c))

    def op_make_set(self, a, b, c):
        self.registers[a] = set(self.span(b, c))

    def op_make_dict(self, a, b, c):
        parts = self.span(b, 2 * c)
        self.registers[a] = dict(zip(parts[::2], parts[1::2], strict=True))

    def op_join(self, a, b, c):
        self.registers[a] = "".join(self.span(b, c))

    def op_get_slice(self, a, b, c):
        self.registers[a] = self.registers[b][slice(*self.span(c, 3))]

    def op_set_slice(self, a, b, c):
        self.registers[a][slice(*self.span(b, 3))] = self.registers[c]

    def op_delete_slice(self, a, b, c):
        del self.registers[a][slice(*self.span(b, 3))]

    def op_unpack(self, a, b, c):
        self.registers[a : a + c] = unpacked(c, None)(self.registers[b])

    def op_unpack_star(self, a, b, c):
        before, after = c & 255, c >> 8
        self.registers[a : a + before + after + 1] = unpacked(before, after)(self.registers[b])

    def op_iterate(self, a, b, c):
        self.registers[a : a + 3] = [iter(self.registers[b]), 0, 0]

    def op_iterate_range(self, a, b, c):
        self.registers[a : a + 3] = [iter(range(*self.span(b, 3))), 0, 0]

    def op_next(self, a, b, c):
        self.span(a, 3)
        found = next(self.registers[a], NOTHING)
        if found is NOTHING:
            self.place += signed(c)
        else:
            self.registers[b] = found

    def op_loop_next(self, a, b, c):
        self.span(a, 3)
        found = next(self.registers[a], NOTHING)
        if found is not NOTHING:
            self.place += signed(c)
            self.registers[b] = found

    def op_make_function(self, a, b, c):
        defaults = self.machine.functions[b][4]
        count = self.machine.functions[b][5] + (defaults if isinstance(defaults, int) else 0)
        captured = self.registers[c : c + count]
        self.registers[a] = Closure(self.machine, b, captured)

    def op_call(self, a, b, c):
        self.registers[a] = self.machine.call(b, self.window(a, c))

    def op_tail_call(self, a, b, c):
        self.result = TailCall(Closure(self.machine, b, ()), self.window(a, c), None)

    def _parameters(self, number):
        names, _, _, rest, named = self.machine.functions[number][3]
        return len(names) + rest + named

    def op_call_newest(self, a, b, c):
        self.op_call(a, b, self._parameters(b))

    def op_tail_call_newest(self, a, b, c):
        self.op_tail_call(a, b, self._parameters(b))

    def _value_call(self, a, b, c):
        names, function = self.constants[c], self.registers[a]
        arguments = self.window(a, b)
        count = len(arguments) - len(names)
        return function, arguments[:count], dict(zip(names, arguments[count:], strict=True))

    def op_call_value(self, a, b, c):
        function, arguments, named = self._value_call(a, b, c)
        self.registers[a] = function(*arguments, **named)

    def op_tail_call_value(self, a, b, c):
        self.result = TailCall(*self._value_call(a, b, c))

    def _spread_call(self, a, b):
        function, (places, *names) = self.registers[a], self.window(a, b)
        if not hasattr(places, "__iter__"):
            kind = type(places).__name__
            text = f"{callable_text(function)} argument after * must be an iterable, not {kind}"
            raise TypeError(text)
        return function, [*places], dict(*names)

    def op_call_spread(self, a, b, c):
        function, arguments, named = self._spread_call(a, b)
        self.registers[a] = function(*arguments, **named)

    def op_tail_call_spread(self, a, b, c):
        self.result = TailCall(*self._spread_call(a, b))

    def op_call_builtin(self, a, b, c):
        function, text = self.machine.builtins[b]
        arguments = self.window(a, c, may_lack=True)
        given, named = arguments_of(Signature.parse(b, text), arguments)
        self.registers[a] = function(*given, **named)

    def op_call_method(self, a, b, c):
        owner, *arguments = self.window(a, c)
        self.registers[a] = getattr(owner, self.constants[b])(*arguments)

    def op_make_record(self, a, b, c):
        kind = self.constants[b]
        fields = dataclasses.fields(kind)
        made = object.__new__(kind)
        for one, value in zip(fields, self.span(c, len(fields)), strict=True):
            object.__setattr__(made, one.name, value)
        self.registers[a] = made

    def op_make_exception(self, a, b, c):
        kind = self.constants[b]
        self.registers[a] = kind.__new__(kind, *self.registers[c])

    def op_set_attribute(self, a, b, c):
        made = self.registers[a]
        change = object.__setattr__ if dataclasses.is_dataclass(made) else setattr
        change(made, self.constants[b], self.registers[c])

    def op_get_special(self, a, b, c):
        self.registers[a] = special(self.registers[b], self.constants[c])

    def op_get_property(self, a, b, c):
        (owner,) = self.window(a, c)
        self.registers[a] = getattr(owner, self.constants[b])

    def op_replace(self, a, b, c):
        names = self.constants[c]
        record, *values = self.window(a, b)
        self.registers[a] = dataclasses.replace(record, **dict(zip(names, values, strict=True)))

    def op_return(self, a, b, c):
        (self.result,) = self.span(a, 1)

    def op_raise(self, a, b, c):
        if b == NO_REGISTER:
            raise self.registers[a]
        raise self.registers[a] from self.registers[b]

    def op_reraise(self, a, b, c):
        raise self.registers[a]

    def op_assertion_failed(self, a, b, c):
        raise AssertionError(*([] if a == NO_REGISTER else self.span(a, 1)))

    def _extent(self, program):
        patterns, _ = self.machine.programs[program]
        return 1 + highest(patterns, ("param", "ref")), 1 + highest(
            patterns, ("bind", "seq", "map")
        )

    def op_receive(self, a, b, c):
        parameters, slots = self._extent(b)
        first = a + 1 + parameters
        self.registers[a] = NOTHING
        self.registers[first : first + slots] = [NOTHING] * slots
        timeout = self._wait(c)
        case, found = self.machine.receive(b, self.span(a + 1, parameters), timeout)
        self.registers[a] = case
        self.registers[first : first + slots] = [found.get(i, NOTHING) for i in range(slots)]

    def _wait(self, timeout):
        """What the machine looks at again after a wait, when what it will fill is empty."""
        self.machine.waits.append([one for one in self.registers if not isinstance(one, Nothing)])
        return None if timeout == NO_REGISTER else self.span(timeout, 1)[0]

    def op_accept_message(self, a, b, c):
        place, _ = self.machine.proposed
        del self.machine.mailbox[place]
        self.machine.proposed = (0, 0)

    def op_reject_message(self, a, b, c):
        self.place += signed(c)
        if OPCODES[self.code[self.place][0]][0] != "Receive":
            raise Broken("RejectMessage goes back to a Receive")

    def op_receive_any(self, a, b, c):
        self.registers[a] = NOTHING
        timeout = self._wait(b)
        if not self.machine.mailbox and timeout is None:
            raise Deadlock
        self.registers[a] = self.machine.mailbox.pop(0) if self.machine.mailbox else TIMEOUT


def special(owner, name):
    """What the program wrote for the class of an object under a name with two underscores."""
    if name.startswith("<"):
        if not dataclasses.is_dataclass(owner) or isinstance(owner, type):
            return None
        names = [one.name for one in dataclasses.fields(owner)]
        return tuple(names if name == "<names>" else [getattr(owner, one) for one in names])
    return special_methods(type(owner)).get(name)


def signed(field):
    return field - 65536 if field > 32767 else field


def arguments_of(signature, arguments):
    """The arguments of a built-in as a call in Python has them."""
    names = [*signature.positional, *signature.keyword_only]
    given, named, gap = [], {}, False
    for place, name in enumerate(names):
        value = arguments[place]
        gap = gap or value is NOTHING or place >= len(signature.positional)
        if value is not NOTHING and gap:
            named[name] = value
        elif value is not NOTHING:
            given.append(value)
    return [*given, *arguments[len(names) :]], named


def highest(part, operations):
    """The highest parameter or slot in the data of patterns."""
    if not isinstance(part, tuple | list):
        return -1
    found = [highest(one, operations) for one in part]
    if part[:1] and part[0] in operations and len(part) > 1:
        place = {"seq": 2, "map": 2}.get(part[0], 1)
        found.append(part[place] if isinstance(part[place], int) else -1)
    return max(found, default=-1)


def unpacked(before, after, known={}):  # noqa: B006
    """A function that unpacks as an assignment does, with the errors of one."""
    if (before, after) not in known:
        names = [f"a{i}" for i in range(before)]
        if after is not None:
            names += ["*s", *(f"b{i}" for i in range(after))]
        plain = ", ".join(names).replace("*", "")
        scope = {}
        exec(f"def f(x):\n [{', '.join(names)}] = x\n return [{plain}]", scope)
        known[before, after] = scope["f"]
    return known[before, after]
