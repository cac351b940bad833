# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What names mean in and around a rewritten function."""

import sys
import textwrap
import types

import fake_vm
import pytest
from fake_vm import process, receive, run
from fake_vm import receive as take

INBOX = [("skip",), ("add", 2)]


def test_closures_share_their_cells():
    total = 0
    state = 5

    @process
    async def body():
        nonlocal total
        match await receive():
            case ("add", total):
                pass
            case ("state",):
                total = -1
        inner = lambda: (total, state)  # noqa: E731
        return inner()

    state = 6
    assert run(body(), INBOX)[0] == (2, 6)
    assert total == 2
    total = 9
    assert run(body(), [("state",)])[0] == (-1, 6)


def test_a_name_may_be_captured_into_a_cell_or_a_global():
    @process
    async def body():
        global captured_globally
        match await receive():
            case (captured_globally, in_cell):
                return [in_cell for _ in range(2)], (lambda: in_cell)()

    assert run(body(), [("g", 1)])[0] == ([1, 1], 1)
    assert captured_globally == "g"


def test_recursion_by_name_at_each_level():
    @process
    async def local(n):
        match await receive():
            case "again":
                return await local(n + 1)
            case "stop":
                return n

    assert run(local(0), ["again", "again", "stop"])[0] == 2
    scope = fake_vm.define(
        """
@process
async def loop(n):
    match await receive():
        case "again":
            return await loop(n + 1)
        case "stop":
            return n

class Thing:
    made = 3
    @process
    async def of(self):
        match await receive():
            case "again":
                return Thing.made
""",
        "<recursion>",
    )
    assert run(scope["loop"](0), ["again", "stop"])[0] == 1
    assert run(scope["Thing"]().of(), ["again"])[0] == 3


def test_several_functions_from_one_definition():
    def make(n):
        @process
        async def body(x=n):
            match await receive():
                case ("add", k) if k > n:
                    return x, n

        return body

    one, two = make(0), make(1)
    assert run(one(), INBOX)[0] == (0, 0)
    assert run(two(), INBOX)[0] == (1, 1)


@pytest.mark.parametrize(
    ("imports", "callee"),
    [
        ("import vm_names", "vm_names.receive"),
        ("import vm_names as v", "v.receive"),
        ("from vm_names import receive as r", "r"),
        ("import package.vm_names", "package.vm_names.receive"),
        ("import package.vm_names as v", "v.receive"),
        ("from package import vm_names", "vm_names.receive"),
        ("class Names:\n    receive = staticmethod(receive)\n", "Names.receive"),
        ("r = receive\n", "r"),
    ],
)
@pytest.mark.parametrize("place", ["global", "closure", "local"])
def test_names_that_mean_receive(imports, callee, place, monkeypatch):
    if place == "local" and "import" not in imports:
        return  # a local assignment is settled only when the function runs: see test_refusals
    module = types.ModuleType("vm_names")
    package = types.ModuleType("package")
    module.receive, module.TIMEOUT, package.vm_names = receive, fake_vm.TIMEOUT, module
    package.__path__ = []
    for name, known in (("vm_names", module), ("package", package), ("package.vm_names", module)):
        monkeypatch.setitem(sys.modules, name, known)
    body = f"match await {callee}():\n    case ('add', k):\n        return k\n"
    function = "@process\nasync def body():\n"
    if place == "local":
        source = function + textwrap.indent(imports + "\n" + body, "    ")
    elif place == "global":
        source = f"{imports}\n{function}" + textwrap.indent(body, "    ")
    else:
        inner = imports + "\n" + function + textwrap.indent(body, "    ") + "return body\n"
        source = f"def make():\n{textwrap.indent(inner, '    ')}\nbody = make()\n"
    scope = fake_vm.define(source, f"<{place} {imports}>")
    value, vm = run(scope["body"](), INBOX)
    assert (value, vm.mailbox) == (2, [("skip",)])


def test_another_function_of_that_name_is_left_alone():
    async def receive():
        return ("add", 1)

    @process
    async def body():
        match await receive():
            case ("add", k):
                return k

    value, vm = run(body(), INBOX)
    assert (value, vm.mailbox) == (1, INBOX)


def test_aliases_made_by_import_as():
    @process
    async def body():
        match await take():
            case ("add", k):
                return k

    assert run(body(), INBOX)[1].mailbox == [("skip",)]


def test_comprehensions_and_lambdas_around_a_match():
    async def ticks():
        for n in range(3):
            yield n

    @process
    async def body(*rest, first=lambda: 7):
        before = [n async for n in ticks() if n]
        match await receive():
            case ("add", k) if any(k == n for n in before):
                return (
                    [k * n async for n in ticks()],
                    {n: n for n in before if n == k},
                    first(),
                    rest,
                )

    assert run(body(1), INBOX)[0] == ([0, 2, 4], {2: 2}, 7, (1,))
