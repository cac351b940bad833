# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""`match receive(...)` and `receive(...)`.

Registers of a receive: the number of the case, the parameters of its patterns, the slots that a
case binds. A case with a guard is proposed: what it binds is assigned, the guard runs, and the
message is taken, its parts bound anew, or the receive goes on.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pyvm.compiler.compiled.ir import NO_REGISTER, Block
from pyvm.compiler.compiled.lower_patterns import Patterns, captured_names
from pyvm.compiler.hints import Hints
from pyvm.compiler.patterns import Lowering, Parameters, Pattern, Slot

_LINEAR_CASES: Final = 4
_REFUSED: Final = (
    "this pattern cannot run in the mailbox, where keys are literals and a class is a built-in type"
    " or a frozen dataclass with @typing.final and its fields: take the message first,"
    " `msg = receive()`, and match on that"
)


@dataclass(frozen=True)
class _Receive:
    """One `match receive()` on its way: its program, first register, and where it stands."""

    program: int
    base: int
    extent: tuple[int, int]
    block: Block

    @property
    def slots(self) -> int:
        """The register of the first slot."""
        return self.base + 1 + self.extent[0]


@dataclass(frozen=True)
class _Choice:
    """One case, the slots of what it binds, and where its body goes."""

    number: int
    node: ast.match_case
    slots: Sequence[Slot]
    body: Block


def _without_comparison(case: ast.match_case) -> ast.match_case:
    """The case without the first part of its guard, which its pattern makes."""
    rest = case.guard.values[1:] if isinstance(case.guard, ast.BoolOp) else []
    guard = ast.BoolOp(ast.And(), rest) if len(rest) > 1 else rest[0] if rest else None
    if isinstance(guard, ast.BoolOp) and case.guard is not None:
        ast.copy_location(guard, case.guard)
    return ast.match_case(case.pattern, guard, case.body)


class Receives(Patterns):
    """Lowers what takes messages."""

    def receive_any(self, node: ast.Call, dest: int | None) -> int:
        """See Calls."""
        with self.temporaries():
            timeout = self._timeout(node)
            # It empties what it will fill: no timeout, nor what a handler may read.
            apart = dest is None or dest == timeout or self.handler is not None
            made = self.push() if apart else dest
            assert made is not None
            self.emit("ReceiveAny", made, timeout)
        return self.moved(made, self.target(dest))

    def receive_call(self, node: ast.Match) -> tuple[ast.Call, str | None] | None:
        """The `receive(...)` that is the subject of a match, and the name given to the message."""
        match node.subject:
            case ast.NamedExpr(ast.Name(name), ast.Call() as call) if self._is_receive(call):
                return call, name
            case ast.Call() as call if self._is_receive(call):
                return call, None
        return None

    def match_receive(self, node: ast.Match, call: ast.Call, name: str | None) -> None:
        """The statement `match receive(...)`."""
        parameters = Parameters()
        hints = self._hints()
        decided = [hints.of(node, case) if hints is not None else {} for case in node.cases]
        lowered = [
            self._pattern(case, parameters, name, found)
            for case, found in zip(node.cases, decided, strict=True)
        ]
        cases = [
            _without_comparison(case) if found else case
            for case, found in zip(node.cases, decided, strict=True)
        ]
        program = self.module.add_program(
            tuple(pattern for pattern, _ in lowered),
            tuple(case.guard is not None for case in cases),
        )
        extent = (len(parameters.nodes), max(len(slots) for _, slots in lowered))
        end = Block()
        with self.temporaries():
            timeout = self._timeout(call)
            if timeout != NO_REGISTER and not self.is_temporary(timeout):
                timeout = self.moved(timeout, self.push())
            base = self.push()
            self.in_a_row(parameters.nodes)
            self.push(extent[1])
            receive = _Receive(program, base, extent, self.place(Block()))
            self.emit("Receive", base, program, timeout).extent = extent
            choices = [
                _Choice(number, case, slots, Block())
                for number, (case, (_, slots)) in enumerate(zip(cases, lowered, strict=True))
            ]
            self._choose(receive, choices)
        for choice in choices:
            self.place(choice.body)
            self.statements(choice.node.body)
            self.emit_jump("Jump", end)
        self.place(end)

    def _choose(self, receive: _Receive, choices: Sequence[_Choice]) -> None:
        """Goes to the body of the case proposed: one after the other, or by halves if many."""
        following = Block()
        if len(choices) > _LINEAR_CASES:
            half = len(choices) // 2
            self.emit_jump("JumpIfLessInt", following, receive.base, choices[half].number)
            self._choose(receive, choices[half:])
            self.place(following)
            self._choose(receive, choices[:half])
            return
        with self.at(choices[0].node.pattern):
            if len(choices) > 1:
                self.emit_jump("JumpIfNotEqualInt", following, receive.base, choices[0].number)
            self._decide(receive, choices[0])
            self.place(following)
        if len(choices) > 1:
            self._choose(receive, choices[1:])

    def _decide(self, receive: _Receive, choice: _Choice) -> None:
        """Binds what the case binds; its guard may refuse the message."""
        self._bind(receive, choice.slots)
        if choice.node.guard is not None:
            taken = Block()
            self.jump_if(choice.node.guard, taken, True)
            reject = self.emit("RejectMessage", receive.base, receive.program)
            reject.target, reject.extent = receive.block, receive.extent
            self.place(taken)
            self.emit("AcceptMessage", receive.base, receive.program).extent = receive.extent
            self._bind(receive, choice.slots)
        self.emit_jump("Jump", choice.body)

    def _bind(self, receive: _Receive, slots: Sequence[Slot]) -> None:
        for place, slot in enumerate(slots):
            assert slot.name is not None
            self.write(slot.name, receive.slots + place)

    def _pattern(
        self,
        case: ast.match_case,
        parameters: Parameters,
        name: str | None,
        compared: dict[str, ast.expr],
    ) -> tuple[Pattern, list[Slot]]:
        timeout = self.module.world.timeout
        lowering = Lowering(self.meaning, timeout, parameters, compared, decided=True)
        pattern = lowering.lower(case.pattern)
        for inner in ast.walk(case.pattern):
            if isinstance(inner, ast.MatchClass):
                self.module.reach(self.meaning(inner.cls))
        for slot in lowering.slots:
            if slot.name is None:
                raise self.error(slot.node, _REFUSED)
        if name is not None and name not in captured_names(case.pattern):
            pattern = ("bind", lowering.bind(name, case.pattern), pattern)
        return pattern, lowering.slots

    def _hints(self) -> Hints | None:
        """What guards compare; code objects are at hand for functions of the module."""
        node: Any = self.function.node
        if self.function.outer is not None:
            return None
        return Hints(node, self.unit.function.__code__)

    def _timeout(self, call: ast.Call) -> int:
        """Evaluates the timeout of a receive; NO_REGISTER if it has none."""
        return self.value(call.keywords[0].value) if call.keywords else NO_REGISTER

    def _is_receive(self, call: ast.Call) -> bool:
        return self.meaning(call.func) is self.module.world.receive
