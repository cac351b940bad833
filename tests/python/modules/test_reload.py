# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Modules that are loaded again while compiled processes run in them."""

import asyncio
import importlib
import inspect
import itertools
import os
import pickle
import sys
import textwrap
import types

import process_kit
import pytest

import pyvm

_serial = itertools.count(1)


class Written:
    """A module in a file that the test changes."""

    def __init__(self, folder, name, text, **values):
        self.path = folder / f"{name}.py"
        self.name = name
        self.write(text, **values)
        self.module = importlib.import_module(name)

    def write(self, text, **values):
        for name, value in values.items():
            text = text.replace(f"@{name}@", str(value))
        self.path.write_text(textwrap.dedent(text))
        stamp = 1_000_000_000 + next(_serial)  # what was compiled of the file is told by this
        os.utime(self.path, (stamp, stamp))

    def load(self, text, **values):
        self.write(text, **values)
        return pyvm.reload(self.module)


@pytest.fixture
def written(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    made = []

    def write(text, *, name=None, **values):
        importlib.invalidate_caches()
        one = Written(tmp_path, name or f"pyvm_reloaded_{next(_serial)}", text, **values)
        made.append(one)
        return one

    yield write
    for one in made:
        sys.modules.pop(one.name, None)


HELPERS = """
import pyvm

def e12(x=0): return (@v@, "e12", x)
def e1(): return (@v@, "e1")
def renamed(x, y=@v@): return ("renamed", x, y)
def rest(*args, **more): return (@v@, args, more)
def by_e12(): return e12()
def spawned(to): pyvm.send(to, ("spawned", @v@))
"""
SERVER = """
import pyvm
import @helpers@ as helpers
here = pyvm.module(__name__)

def local(): return @v@
def outer(): return (@v@, local())

@pyvm.process
def server():
    while True:
        match pyvm.receive():
            case ("local", sender): pyvm.send(sender, (local(), outer()))
            case ("here", sender): pyvm.send(sender, here.outer())
            case ("e12", x, sender):
                pyvm.send(sender, (helpers.e12(x), helpers.e12(x=x), helpers.by_e12()))
            case ("e1", sender):
                try:
                    pyvm.send(sender, helpers.e1())
                except AttributeError as error:
                    pyvm.send(sender, ("gone", str(error)))
            case ("value", sender):
                function = helpers.e12
                found = [f(2) for f in (helpers.e12, local_value)]
                pyvm.send(sender, (function(1), found, helpers.rest(1, k=2)))
            case ("spread", args, sender): pyvm.send(sender, helpers.renamed(*args))
            case ("renamed", sender):
                try:
                    pyvm.send(sender, helpers.renamed(1))
                except TypeError as error:
                    pyvm.send(sender, str(error))
            case ("spawn", sender): pyvm.spawn(helpers.spawned, sender, link=True)
            case "again": return here.server()
            case "loop": return server()

def local_value(x): return ("local", x)
"""


def ask(pid, *request):
    """Sends a request that ends in the sender, and gives the answer."""

    async def main():
        pyvm.send(pid, (*request, pyvm.self()))
        return await process_kit.take()

    return main()


async def test_qualified_calls_go_to_the_newest_and_others_stay(written):
    """G2, G4, G5, G6, G9."""
    helpers = written(HELPERS, v=1)
    servers = written(SERVER, helpers=helpers.name, v=1)
    pid = pyvm.spawn(servers.module.server)
    assert await ask(pid, "local") == (1, (1, 1))
    assert await ask(pid, "here") == (1, 1)
    assert await ask(pid, "e12", 5) == ((1, "e12", 5), (1, "e12", 5), (1, "e12", 0))

    assert servers.load(SERVER, helpers=helpers.name, v=2) is servers.module
    assert await ask(pid, "local") == (1, (1, 1))
    assert await ask(pid, "here") == (2, 2)  # whose own calls are in its version
    assert await ask(pid, "e12", 5) == ((1, "e12", 5), (1, "e12", 5), (1, "e12", 0))

    helpers.load(HELPERS, v=3)
    assert await ask(pid, "e12", 5) == ((3, "e12", 5), (3, "e12", 5), (3, "e12", 0))
    assert await ask(pid, "local") == (1, (1, 1))

    pyvm.send(pid, "loop")
    assert await ask(pid, "local") == (1, (1, 1))
    pyvm.send(pid, "again")
    assert await ask(pid, "local") == (2, (2, 2))
    assert await ask(pyvm.spawn(servers.module.server), "local") == (2, (2, 2))


async def test_a_name_that_is_gone_is_an_attribute_error_and_may_come_back(written):
    """G3, G5."""
    helpers = written(HELPERS, v=1)
    pid = pyvm.spawn(written(SERVER, helpers=helpers.name, v=1).module.server)
    assert await ask(pid, "e1") == (1, "e1")
    helpers.load(HELPERS.replace("def e1()", "def e3()"), v=2)
    assert await ask(pid, "e1") == ("gone", f"module '{helpers.name}' has no attribute 'e1'")
    helpers.load(HELPERS, v=3)
    assert await ask(pid, "e1") == (3, "e1")


async def test_values_spawns_and_stars_take_the_newest(written):
    """G8: a function is what its name means when it is named."""
    helpers = written(HELPERS, v=1)
    pid = pyvm.spawn(written(SERVER, helpers=helpers.name, v=1).module.server)
    wanted = ((1, "e12", 1), [(1, "e12", 2), ("local", 2)], (1, (1,), {"k": 2}))
    assert await ask(pid, "value") == wanted
    assert await ask(pid, "spread", (8,)) == ("renamed", 8, 1)
    helpers.load(HELPERS, v=2)
    wanted = ((2, "e12", 1), [(2, "e12", 2), ("local", 2)], (2, (1,), {"k": 2}))
    assert await ask(pid, "value") == wanted
    assert await ask(pid, "spread", (8,)) == ("renamed", 8, 2)


async def test_a_spawn_by_a_qualified_name_runs_the_newest(written):
    helpers = written(HELPERS, v=1)
    pid = pyvm.spawn(written(SERVER, helpers=helpers.name, v=1).module.server)
    assert await ask(pid, "spawn") == ("spawned", 1)
    helpers.load(HELPERS, v=2)
    assert await ask(pid, "spawn") == ("spawned", 2)


async def test_arguments_are_bound_to_the_parameters_that_the_newest_has(written):
    """What the old version's defaults were is not passed on."""
    helpers = written(HELPERS, v=1)
    pid = pyvm.spawn(written(SERVER, helpers=helpers.name, v=1).module.server)
    assert await ask(pid, "renamed") == ("renamed", 1, 1)
    helpers.load(HELPERS, v=2)
    assert await ask(pid, "renamed") == ("renamed", 1, 2)
    helpers.load(HELPERS.replace("x, y=@v@", "x, y, z"), v=3)
    assert await ask(pid, "renamed") == "renamed() missing 2 required positional arguments: 'y' and 'z'"
    helpers.load(HELPERS.replace("x, y=@v@): return ('renamed', x, y)", "*, k): return k"), v=4)
    helpers.load(HELPERS.replace("x, y=@v@", "y, x=@v@"), v=5)
    assert await ask(pid, "renamed") == ("renamed", 5, 1)


async def test_a_closure_keeps_its_version(written):
    """G7."""
    text = """
    import pyvm
    here = pyvm.module(__name__)

    def adder(n):
        return lambda x: ("v@v@", x + n)

    @pyvm.process
    def keeper():
        add = here.adder(10)
        while True:
            match pyvm.receive():
                case (x, sender): pyvm.send(sender, (add(x), here.adder(1)(x)))
    """
    keeper = written(text, v=1)
    pid = pyvm.spawn(keeper.module.keeper)
    assert await ask(pid, 5) == (("v1", 15), ("v1", 6))
    keeper.load(text, v=2)
    assert await ask(pid, 5) == (("v1", 15), ("v2", 6))


async def test_records_that_the_new_code_does_not_name_have_their_methods(written):
    shapes = written("""
    from dataclasses import dataclass

    @dataclass(frozen=True)
    class Square:
        side: int
        def area(self): return self.side ** 2
        def scaled(self, by): return Square(self.side * by)
        def __add__(self, other): return Square(self.side + other.side)
    """)
    text = "def measured(shape): return @expression@\n"
    helpers = written(text, expression="shape.area()")
    server = f"""
    import pyvm
    import {helpers.name} as helpers
    from {shapes.name} import Square

    @pyvm.process
    def server():
        while True:
            match pyvm.receive():
                case (side, sender): pyvm.send(sender, helpers.measured(Square(side)))
    """
    pid = pyvm.spawn(written(server).module.server)
    assert await ask(pid, 3) == 9
    helpers.load(text, expression="(shape + shape).scaled(2).area()")
    assert await ask(pid, 3) == 144
    others = written("""
    from dataclasses import dataclass

    @dataclass(frozen=True)
    class Line:
        length: int
        def area(self): return 0
        def scaled(self, by): return Line(self.length * by)
        def __add__(self, other): return Line(self.length + other.length)
    """)
    later = written(server.replace(shapes.name, others.name).replace("Square", "Line"))
    assert await ask(pyvm.spawn(later.module.server), 3) == 0
    assert await ask(pid, 3) == 144


async def test_a_changed_source_hinders_nobody_before_it_is_loaded(written, caplog):
    helpers = written(HELPERS, v=1)
    pid = pyvm.spawn(written(SERVER, helpers=helpers.name, v=1).module.server)
    helpers.load(HELPERS, v=2)
    helpers.write("# in the middle of a change\n" + HELPERS, v=3)
    text = """
    from dataclasses import dataclass
    import pyvm

    @dataclass(frozen=True)
    class New:
        x: int
        def __add__(self, other): return self

    @pyvm.process
    def body(to): pyvm.send(to, New(1).x)
    """
    pyvm.spawn(written(text).module.body, pyvm.self())
    assert await process_kit.take() == 1
    assert await ask(pid, "e1") == (2, "e1")
    assert f"{helpers.name}, which was loaded again, is not told of classes" in caplog.text


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("raise RuntimeError('no')", RuntimeError, "no"),
        ("def e12(x): return (", SyntaxError, "never closed"),
        ("def e12(x=0): import os", pyvm.CompileError, "import"),
        ("async def e12(x=0): return x", pyvm.CompileError, "an `async def` now"),
        ("e12 = 5", pyvm.CompileError, "of type int now"),
    ],
)
async def test_a_load_that_fails_changes_nothing(written, text, error, words):
    """G24."""
    helpers = written(HELPERS, v=1)
    pid = pyvm.spawn(written(SERVER, helpers=helpers.name, v=1).module.server)
    wanted = await ask(pid, "e12", 5)
    contents = dict(vars(helpers.module))
    with pytest.raises(error, match=words):
        helpers.load(f"NEW = 1\n{text}\n")
    assert dict(vars(helpers.module)) == contents
    assert await ask(pid, "e12", 5) == wanted
    helpers.load(HELPERS, v=2)
    assert (await ask(pid, "e12", 5))[0] == (2, "e12", 5)


async def test_a_load_that_fails_leaves_classes_as_they_were(written):
    text = """
    import enum

    class Kind(enum.Flag):
        X = 1
        Y = @y@

    class Wrong(@base@): pass

    def both(): return int((Kind.X | Kind.Y).value), len(Kind)
    def fail(): raise Wrong("no")
    def last(): return 1
    """
    helpers = written(text, y=2, base="ValueError")
    server = f"""
    import pyvm
    import {helpers.name} as helpers

    @pyvm.process
    def server():
        while True:
            match pyvm.receive():
                case ("ask", sender):
                    try:
                        helpers.fail()
                    except ValueError as error:
                        pyvm.send(sender, (helpers.both(), str(error), helpers.last()))
    """
    pid = pyvm.spawn(written(server).module.server)
    assert await ask(pid, "ask") == ((3, 2), "no", 1)
    with pytest.raises(pyvm.CompileError):
        helpers.load(text.replace("return 1", "import os"), y=4, base="KeyError")
    assert await ask(pid, "ask") == ((3, 2), "no", 1)


async def test_a_spawn_in_a_load_that_fails_publishes_nothing(written):
    helpers = written(HELPERS, v=1)
    pid = pyvm.spawn(written(SERVER, helpers=helpers.name, v=1).module.server)
    helpers.load(HELPERS, v=2)
    text = SERVER + "\ndef spawned(): pids.append(pyvm.spawn(server))\npids = []\n"
    other = written(text, helpers=helpers.name, v=1).module
    failing = f"{HELPERS}\nimport {other.__name__}\n{other.__name__}.spawned()\nraise RuntimeError"
    with pytest.raises(RuntimeError):
        helpers.load(failing, v=3)
    assert (await ask(pid, "e12", 5))[0] == (2, "e12", 5)
    assert (await ask(other.pids[0], "e12", 5))[0] == (2, "e12", 5)


MAKER = """
from dataclasses import dataclass
@body@
def add(x, y): return x + y
def val(x): return x.val()
def make(n): return @made@
"""
NEW = """
@dataclass(frozen=True)
class New:
    n: int
    def __add__(self, other): return self.n + other.n
    def val(self): return ("val", @word@)
"""


async def test_new_classes_of_a_module_are_known_to_all_that_was_loaded_again(written):
    """In the same module, in one that was loaded before, and where a class takes the place of another."""
    first = written(MAKER, body="", made="n")
    other = written(MAKER, body="", made="n")
    server = f"""
    import pyvm
    import {first.name} as first
    import {other.name} as other

    @pyvm.process
    def server():
        while True:
            match pyvm.receive():
                case ("add", sender):
                    made = first.make(2)
                    pyvm.send(sender, (first.add(made, made), other.add(made, made)))
                case ("val", sender): pyvm.send(sender, (first.val(first.make(2)), other.val(first.make(2))))
    """
    pid = pyvm.spawn(written(server).module.server)
    assert await ask(pid, "add") == (4, 4)
    other.load(MAKER, body="# again", made="n")
    first.load(MAKER, body=NEW.replace("@word@", "1"), made="New(n)")
    assert await ask(pid, "add") == (4, 4)
    assert await ask(pid, "val") == (("val", 1), ("val", 1))
    first.load(MAKER, body=NEW.replace("@word@", "2"), made="New(n)")
    assert await ask(pid, "val") == (("val", 2), ("val", 2))


async def test_a_process_with_more_arguments_is_called_by_its_dotted_name(written):
    helpers = written("import pyvm\n@pyvm.process\ndef worker(x, *rest): return (x, rest)\n")
    server = f"""
    import pyvm
    import {helpers.name} as helpers

    @pyvm.process
    def server():
        while True:
            match pyvm.receive():
                case sender: pyvm.send(sender, helpers.worker(1, 2, 3))
    """
    pid = pyvm.spawn(written(server).module.server)
    pyvm.send(pid, pyvm.self())
    assert await process_kit.take() == (1, (2, 3))


async def test_what_a_module_has_now_counts_for_new_processes(written):
    """Also where it came there in another way than by reload."""
    helpers = written(HELPERS, v=1)
    servers = written(SERVER, helpers=helpers.name, v=1)
    pid = pyvm.spawn(servers.module.server)
    helpers.load(HELPERS, v=2)
    assert (await ask(pid, "e12", 5))[0] == (2, "e12", 5)
    helpers.module.e12 = written("def e12(x=0): return (3, 'e12', x)\n").module.e12
    again = written(SERVER, helpers=helpers.name, v=1).module.server
    assert (await ask(pyvm.spawn(again), "e12", 5))[0] == (3, "e12", 5)
    assert (await ask(pid, "e12", 5))[0] == (3, "e12", 5)


async def test_a_reload_and_an_import_that_spawns_do_not_wait_for_each_other(written, tmp_path):
    # The sleeps let the two meet: the import holds its lock when the reload asks for it.
    slow = f"pyvm_reloaded_{next(_serial)}"
    (tmp_path / f"{slow}.py").write_text(
        "import time\nimport pyvm\n@pyvm.process\ndef body(): pass\ntime.sleep(0.3)\npyvm.spawn(body)\n"
    )
    helpers = written("def f(): return 1\n")
    text = f"import time\ntime.sleep(0.1)\nimport {slow}\n"

    async def both():
        importing = asyncio.to_thread(importlib.import_module, slow)
        await asyncio.gather(importing, asyncio.to_thread(helpers.load, text))

    await pyvm.aio(asyncio.wait_for(both(), 30))
    sys.modules.pop(slow)


async def test_names_change_at_once_while_processes_run(written):
    """Who has seen one new function finds all new; nobody fails, and nobody goes back."""
    text = "def first(): return @v@\ndef second(): return @v@\n"
    pair = written(text, v=1)
    runner = f"""
    import pyvm
    import {pair.name} as pair

    @pyvm.process
    def runner(to):
        seen, rounds = 0, 0
        while seen < 30:
            first = pair.first()
            second = pair.second()
            if first < seen or second < first:
                pyvm.send(to, ("wrong", seen, first, second))
                return
            seen, rounds = second, rounds + 1
        pyvm.send(to, "right")
    """
    body = written(runner).module.runner
    for _ in range(6):
        pyvm.spawn(body, pyvm.self())
    for version in range(2, 31):
        await pyvm.aio(asyncio.to_thread(pair.load, text, v=version))
    for _ in range(6):
        assert await process_kit.take() == "right"


async def test_coroutine_processes_go_on_in_what_the_module_has(written):
    text = """
    import pyvm
    here = pyvm.module(__name__)

    def version(): return @v@

    @pyvm.process
    async def server():
        while True:
            match await pyvm.receive():
                case ("v", sender): pyvm.send(sender, here.version())
    """
    server = written(text, v=1)
    pid = pyvm.spawn(server.module.server)
    assert await ask(pid, "v") == 1
    server.load(text, v=2)
    assert await ask(pid, "v") == 2


def test_a_handle_is_a_value_of_python(written):
    one = written("def f(): return 1\n")
    handle = pyvm.module(one.name)
    assert handle.f() == 1
    assert repr(handle) == f"pyvm.module({one.name!r})"
    assert pickle.loads(pickle.dumps(handle)) == handle == pyvm.module(one.name)
    assert {handle: 1}[pyvm.module(one.name)] == 1
    with pytest.raises(AttributeError, match="no attribute 'g'"):
        handle.g()
    assert pyvm.reload(handle) is one.module


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: pyvm.module(5), TypeError, "a name is wanted, as __name__, not 5"),
        (lambda: pyvm.module("no.such"), ModuleNotFoundError, "no.such is not imported"),
        (lambda: pyvm.reload("json"), TypeError, "a module is wanted, not 'json'"),
        (lambda: pyvm.reload(inspect), ValueError, "inspect is part of Python"),
        (lambda: pyvm.reload(sys.modules["__main__"]), ValueError, "main program"),
        (lambda: pyvm.reload(pyvm), ValueError, "pyvm is part of Python or pyvm"),
        (lambda: pyvm.reload(types.ModuleType("x")), ImportError, "x not in sys.modules"),
    ],
)
def test_misuse_is_named(call, error, words):
    with pytest.raises(error, match=words):
        call()


async def test_a_handle_cannot_be_kept_nor_sent_by_compiled_code(written):
    text = "import pyvm\nhere = pyvm.module(__name__)\n@pyvm.process\ndef f():\n    x = here\n"
    with pytest.raises(pyvm.CompileError, match="is no value here"):
        pyvm.spawn(written(text).module.f)
