# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Where a rewritten function may stand, and what of it must stay as it was."""

import doctest
import functools
import inspect
import json
import pickle
import subprocess
import sys
import textwrap
import types
from pathlib import Path

import fake_vm
import pytest
from fake_vm import Selection, process, receive, run
from fake_vm import receive as take

from pyvm.compiler import is_process_body, rewrite

HERE = Path(__file__).parent
INBOX = [("skip",), ("add", 2)]


def original(function):
    """The function before `@process`, from a decorator below it."""
    function.before = function
    return function


def tagged(value):
    def decorate(function):
        function.tag = value
        return function

    return decorate


def logged(function):
    @functools.wraps(function)
    async def wrapper(*arguments):
        return ("logged", await function(*arguments))

    return wrapper


def logged_in_an_object(function):
    class Wrapper:
        inner = function

    holder = Wrapper()

    @functools.wraps(function)
    async def wrapper(*arguments):
        return await type(holder).inner(*arguments)

    return wrapper


@process
async def at_module_level(state: int = 1, *, scale: "int" = 10) -> int:
    """Adds."""
    match await receive():
        case ("add", k) if k > state:
            return k * scale


class Counter:
    """Methods of every kind."""

    base = 100

    @process
    async def method(self):
        match await receive():
            case ("add", k):
                return self.base + k, __class__

    @staticmethod
    @process
    async def static(x):
        match await receive():
            case ("add", k):
                return x + k

    @process
    @staticmethod
    async def static_below(x):
        match await receive():
            case ("add", k):
                return x + k

    @classmethod
    @process
    async def of_class(cls):
        match await receive():
            case ("add", k):
                return cls.base + k

    @process
    @classmethod
    async def of_class_below(cls):
        match await receive():
            case ("add", k):
                return cls.base + k

    @process
    async def private(self):
        self.__seen = 2
        match await receive():
            case ("add", self.__seen as __k):
                return __k, sorted(vars(self))

    def make(self):
        @process
        async def inner():
            self.__inner = 1
            match await receive():
                case ("add", k):
                    return super(__class__, self), k, __class__, vars(self)

        return inner


class Derived(Counter):
    @process
    async def method(self):
        match await receive():
            case ("skip",):
                return await super().method()


def test_a_function_keeps_what_it_was():
    function = at_module_level
    assert function.__name__ == function.__qualname__ == "at_module_level"
    assert function.__doc__ == "Adds."
    assert function.__defaults__ == (1,)
    assert function.__kwdefaults__ == {"scale": 10}
    assert function.__annotations__ == {"state": int, "scale": "int", "return": int}
    assert function.__module__ == __name__
    assert function.__globals__ is globals()
    assert str(inspect.signature(function)) == "(state: int = 1, *, scale: 'int' = 10) -> int"
    assert inspect.iscoroutinefunction(function)
    assert inspect.getsource(function).startswith("@process\nasync def at_module_level")
    code = function.__code__
    assert code.co_filename == __file__
    assert code.co_name == code.co_qualname == "at_module_level"
    assert code.co_firstlineno == inspect.getsourcelines(function)[1]
    assert pickle.loads(pickle.dumps(function)) is function
    assert run(function(), INBOX)[0] == 20


def test_decorators_below_see_the_old_function_and_their_marks_stay():
    @tagged("above")
    @process
    @tagged("below")
    @original
    async def body():
        match await receive():
            case ("add", k):
                return k

    assert body.tag == "above"
    assert body.before is not body
    assert not is_process_body(body.before.__code__)
    assert run(body(), INBOX)[0] == 2


def test_a_wrapper_below_is_kept_and_calls_the_rewritten_function():
    @process
    @logged
    @logged
    async def body(x):
        match await receive():
            case ("add", k):
                return x + k

    assert run(body(1), INBOX)[0] == ("logged", ("logged", 3))
    assert body.__name__ == "body"
    assert is_process_body(body.__wrapped__.__wrapped__.__code__)


def test_a_wrapper_that_hides_the_function_is_refused():
    with pytest.raises(SyntaxError, match=r"put @pyvm\.process next to the function"):

        @process
        @logged_in_an_object
        async def body():
            match await receive():
                case ("add", k):
                    return k


def test_an_unrelated_wrapped_attribute_is_left_alone():
    @process
    @functools.wraps(at_module_level)
    async def body():
        match await receive():
            case ("add", k):
                return k

    assert body.__wrapped__ is at_module_level
    assert run(body(), INBOX)[0] == 2


def test_partial_functions_and_bound_methods():
    @original
    async def body(x, y):
        match await receive():
            case ("add", k):
                return x, y, k

    assert run(process(functools.partial(body, 1, y=5))(), INBOX)[0] == (1, 5, 2)
    assert run(process(types.MethodType(body, "me"))(0), INBOX)[0] == ("me", 0, 2)


def test_what_is_no_coroutine_function_comes_back():
    def plain():
        return receive

    for thing in (plain, len, print, Counter, None, 5):
        assert process(thing) is thing


def test_rewriting_twice_is_rewriting_once():
    assert process(at_module_level) is at_module_level


def test_methods():
    assert run(Counter().method(), INBOX)[0] == (102, Counter)
    assert run(Derived().method(), INBOX)[0] == (102, Counter)
    assert run(Counter.static(1), INBOX)[0] == 3
    assert run(Counter().static_below(1), INBOX)[0] == 3
    assert run(Derived.of_class(), INBOX)[0] == 102
    assert run(Derived.of_class_below(), INBOX)[0] == 102
    assert Counter.method.__qualname__ == Counter.method.__code__.co_qualname == "Counter.method"


def test_private_names_are_mangled():
    value, _ = run(Counter().private(), INBOX)
    assert value == (2, ["_Counter__seen"])
    counter = Counter()
    function = counter.make()
    assert run(function(), INBOX)[0][1:] == (2, Counter, {"_Counter__inner": 1})
    assert function.__code__.co_qualname == "Counter.make.<locals>.inner"


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


def test_future_imports_and_generic_functions_keep_their_meaning():
    source = """
from __future__ import annotations
@process
async def body(x: not_defined) -> nor_this:
    local: neither = x
    match await receive():
        case ("add", k):
            return local + k
"""
    assert run(fake_vm.define(source, "<future>")["body"](1), INBOX)[0] == 3
    if sys.version_info >= (3, 12):
        source = """
class Box[S]:
    @process
    async def body[T: int](self, x: T) -> T:
        match await receive():
            case ("add", k):
                return T.__name__, S.__name__, __class__, x + k
body = Box().body
function = Box.body
"""
        scope = fake_vm.define(source, "<generic>")
        assert run(scope["body"](1), INBOX)[0] == ("T", "S", scope["Box"], 3)
        assert scope["function"].__type_params__[0].__name__ == "T"
        assert scope["function"].__code__.co_qualname == "Box.body"


def test_definitions_inside_statements():
    source = """
for n in range(2):
    if n:
        try:
            raise ValueError
        except ValueError:
            with open(__import__("os").devnull):
                match n:
                    case 1:
                        @process
                        async def body(): # one line after another
                            match await receive():
                                case ("add", k): return k
"""
    assert run(fake_vm.define(source, "<nested statements>")["body"](), INBOX)[0] == 2


def test_same_name_and_line_in_one_file_are_told_apart():
    text = (
        "@process\nasync def body():\n"
        "    match await receive():\n        case ('add', {}): return {}\n"
    )
    first = fake_vm.define(text.format("k", "k"), "<same>")["body"]
    second = fake_vm.define(text.format("q", "-q"), "<same>")["body"]
    assert (run(first(), INBOX)[0], run(second(), INBOX)[0]) == (2, -2)


def test_doctests():
    """A doctest's source is known to linecache only while it runs."""

    def documented():
        """
        >>> @process
        ... async def body():
        ...     match await receive():
        ...         case ("add", k):
        ...             return k
        >>> run(body(), [("skip",), ("add", 2)])[0]
        2
        """

    parser = doctest.DocTestParser()
    test = parser.get_doctest(documented.__doc__, dict(globals()), "documented", None, 0)
    assert doctest.DocTestRunner(verbose=False).run(test).failed == 0


def run_python(*arguments, **options):
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, **options).stdout


SCRIPT = """
import sys
sys.path.insert(0, {here!r})
import conftest
from fake_vm import process, receive, run

@process
async def body():
    match await receive():
        case ("add", k):
            "é" "ü"; return k

print(run(body(), [("skip",), ("add", 2)])[0], body.__code__.co_firstlineno)
"""


@pytest.mark.parametrize("flags", [(), ("-O",), ("-OO",), ("-X", "no_debug_ranges")])
def test_scripts(tmp_path, flags):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(here=str(HERE)), encoding="utf-8")
    assert run_python(*flags, str(script)) == "2 7\n"


def test_script_whose_working_directory_changed(tmp_path):
    text = SCRIPT.format(here=str(HERE)).replace("@process", "import os; os.chdir('/')\n@process")
    (tmp_path / "script.py").write_text(text, encoding="utf-8")
    assert run_python("script.py", cwd=tmp_path) == "2 8\n"


def test_zipped_modules(tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "app.zip", "w") as archive:
        archive.writestr("__main__.py", SCRIPT.format(here=str(HERE)))
    assert run_python(str(tmp_path / "app.zip")) == "2 7\n"


def test_notebook_cells():
    """A notebook gives each cell a file name of its own and tells linecache its text."""
    cell = """x = 1
@process
async def body():
    match await receive():
        case ('add', k): return k
"""
    scope = fake_vm.define(cell, "/tmp/ipykernel_1/12345.py")
    assert run(scope["body"](), INBOX)[0] == 2


def test_the_selection_is_made_once_for_each_match_and_function():
    made = []

    def make_selection(ir, meta):
        made.append((ir, [tuple(case) for case in meta]))
        return Selection(ir, meta)

    async def body():
        match await receive():
            case ("a", x) if x:
                return 1
            case Counter() | 5:
                return 2
        match await receive(timeout=1):
            case {"k": [1, *rest]}:
                return rest

    line = body.__code__.co_firstlineno
    rewritten = rewrite(
        body, make_selection=make_selection, receive=receive, timeout=fake_vm.TIMEOUT
    )
    assert json.loads(json.dumps(made)) == [
        [
            [["seq", [["=", "a"], ["bind", 0, ["_"]]], None, []], ["python", 0]],
            [[True, 1, line + 2], [True, 1, line + 4]],
        ],
        [
            [["map", [["k", ["seq", [["=", 1]], 0, []]]], None]],
            [[False, 1, line + 7]],
        ],
    ]
    assert [name for name in rewritten.__code__.co_freevars if name[0] == "."] == [
        ".receive0",
        ".receive1",
    ]
