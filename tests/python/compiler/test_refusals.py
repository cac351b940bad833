# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What cannot be selective as written is refused, with its place and a cure."""

import linecache
import sys
import textwrap
import types

import fake_vm
import pytest
from fake_vm import run

from pyvm.compiler import CompileError

REFUSED = [
    ("match await receive(int): # 1\n    case 1: pass", "takes no patterns", "int"),
    ("match await receive(*known):\n    case 1: pass", "takes no patterns", "*known"),
    ("match await receive(seconds=1):\n    case 1: pass", "takes `timeout=` and nothing", "1"),
    ("match await receive(**known):\n    case 1: pass", "takes `timeout=` and nothing", "known"),
    ("match await receive(timeout=1, **known):\n    case 1: pass", "and nothing", "known"),
    ("match receive():\n    case 1: pass", "write `match await receive", "receive()"),
    ("match await receive(), 1:\n    case 1: pass", "nothing around it", "receive()"),
    ("match (await receive())[0]:\n    case 1: pass", "nothing around it", "receive()"),
    ("match await shield(receive()):\n    case 1: pass", "nothing around it", "receive()"),
    ("match (x := receive()):\n    case 1: pass", "write `match await receive", "receive()"),
    ("match await receive():\n    case 1 if await receive(): pass", "guard may not", "receive()"),
    ("match await receive(timeout=await receive()):\n    case 1: pass", "timeout may", "receive()"),
    ("match await receive():\n    case TIMEOUT: pass", "write `case pyvm.TIMEOUT`", "TIMEOUT"),
    ("if y:\n  match receive(): # é\n      case 1: pass", "write `match", "receive()"),
    ('"é"; x = """\n"""\nmatch await receive(1):\n    case 1: pass', "takes no patterns", "1"),
]


@pytest.mark.parametrize(("text", "message", "shown"), REFUSED)
def test_refused(text, message, shown):
    source = "@process\nasync def body(known=None, y=(), shield=None):\n" + textwrap.indent(
        text, "  "
    )
    with pytest.raises(CompileError, match=message) as caught:
        fake_vm.define(source, "<refused>")
    error = caught.value
    assert error.filename == "<refused>"
    line = source.splitlines()[error.lineno - 1]
    assert error.text.rstrip("\n") == line
    assert line[error.offset - 1 : error.end_offset - 1] == shown
    assert error.lineno == error.end_lineno


@pytest.mark.parametrize(
    "text",
    [
        "late = receive\n  match await late():\n    case 'b': return 1",
        "match await holder.receive():\n    case 'b': return 1",
        "match await (lambda: receive)()():\n    case 'b': return 1",
        "match (x := await defined_later()):\n    case 'b': return 1",
    ],
)
def test_a_name_that_turns_out_to_mean_receive_is_refused_when_it_is_called(text):
    source = f"@process\nasync def body(holder):\n  {text}"
    scope = fake_vm.define(source, "<late>")
    scope["defined_later"] = scope["receive"]

    class Holder:
        receive = staticmethod(scope["receive"])

    with pytest.raises(CompileError, match="import it above the function") as caught:
        run(scope["body"](Holder()), ["a", "b"])
    assert caught.value.filename == "<late>"
    assert "match" in source.splitlines()[caught.value.lineno - 1]


def test_other_awaited_calls_are_matched_as_ever():
    source = """
@process
async def body(self):
    match await self.fetch(1, b=2):
        case (1, 2):
            return "seen"
"""

    class Fetcher:
        async def fetch(self, a, b):
            return a, b

    assert run(fake_vm.define(source, "<fetch>")["body"](Fetcher()))[0] == "seen"


def test_pythons_own_errors_come_first():
    source = (
        "@process\nasync def body():\n  match await receive():\n    case x: pass\n    case 1: pass"
    )
    with pytest.raises(SyntaxError, match="makes remaining patterns unreachable"):
        fake_vm.define(source, "<irrefutable>")


SUBJECTS = [
    "case ('a', k) if k: pass\n    case 5: pass",
    "case 5: pass",
    "case -5: pass",
    "case 'a': pass",
    "case None: pass",
    "case True: pass",
    "case known.a: pass",
    "case known.a.b: pass",
    "case x: pass",
    "case x if x: pass",
    "case _: pass",
    "case _ if known: pass",
    "case {'a': 1}: pass",
    "case {}: pass",
    "case [*_]: pass",
    "case (a, b): pass",
    "case int(): pass",
    "case int(x): pass",
    "case str() | None: pass",
    "case 1 | 2: pass",
    "case (1, _) as y: pass",
    "case known.K(x=1): pass",
]
CALLS = ["receive()", "receive(timeout=known.t)", "vm.receive(timeout=2)", "r()", "vm.receive(1)"]


def no_source(body, imports="vm = Vm\n"):
    source = f"{imports}@process\nasync def body(known, receive_=None):\n{body}\n"
    scope = {"Vm": type("Vm", (), {"receive": staticmethod(fake_vm.receive)}), "r": fake_vm.receive}
    return fake_vm.define(source, "<no source>", keep_source=False, **scope)["body"]


@pytest.mark.parametrize("case", SUBJECTS)
@pytest.mark.parametrize("call", CALLS)
def test_a_match_without_source_is_refused(case, call):
    with pytest.raises(CompileError, match="needs the source") as caught:
        no_source(f"  await known()\n  match await {call}:\n    {case}")
    assert (caught.value.lineno, caught.value.offset) == (5, 9)


@pytest.mark.parametrize("case", ["case 'a': pass", "case x: pass"])
def test_named_subjects_and_local_imports_without_source_are_refused(case, monkeypatch):
    module = types.ModuleType("vm_names")
    module.receive = fake_vm.receive
    monkeypatch.setitem(sys.modules, "vm_names", module)
    for lines in (
        "  match m := await receive():\n",
        "  import vm_names\n  match await vm_names.receive():\n",
        "  import vm_names as v\n  match await v.receive():\n",
        "  from vm_names import receive as r2\n  match await r2():\n",
    ):
        with pytest.raises(CompileError, match="needs the source"):
            no_source(f"{lines}    {case}")


@pytest.mark.parametrize(
    "statement",
    [
        "return await receive()",
        "x = await receive(); return x",
        "x = y = await receive(); return x",
        "return (await receive(), known)[0]",
        "return (await receive(), known == 5)[0]",
        "return [await receive(), None, 1 < 2][0]",
        "return str(await receive(), *(), **{})",
        "if await receive() == 'a': return 'a'",
        "if (await receive()) is not None: return 'a'",
        "return await receive() or known",
        "a, = await receive(); return a",
        "known.x = await receive(); return known.x",
        "global g; g = await receive(); return g",
        "await receive(); x = 5; return 'a'",
        "return (x := await receive())",
        "x = (y := await receive()); return y",
        "return [z for z in await receive()][0]",
        "match [await known()]:\n    case [x]: return x",
    ],
)
def test_other_receives_without_source_are_untouched(statement):
    class Known:
        async def __call__(self):
            return await fake_vm._receive((), None)

    value, vm = run(no_source(f"  {statement}")(Known()), ["a"])
    assert (value, vm.mailbox) == ("a", [])


def test_other_text_under_the_same_file_name_is_not_taken_for_the_source():
    good = "@process\nasync def body():\n  match await receive():\n    case ('a', k): return k\n"
    for old, new in (("'a'", "'b'"), ("k", "q"), ("return k", "pass"), (good, ""), (good, "(")):
        body = fake_vm.define(good, "<changed>", process=lambda function: function)["body"]
        text = good.replace(old, new)
        linecache.cache["<changed>"] = (len(text), None, text.splitlines(keepends=True), "")
        with pytest.raises(CompileError, match="missing or has changed"):
            fake_vm.process(body)
