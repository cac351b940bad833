# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Where the text of a function may come from."""

import concurrent.futures
import doctest
import subprocess
import sys
import warnings
from pathlib import Path

import fake_vm
import pytest
from fake_vm import process, receive, run

HERE = Path(__file__).parent
INBOX = [("skip",), ("add", 2)]


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
    scope = fake_vm.define(cell, "<ipython-input-1-1a2b>")
    assert run(scope["body"](), INBOX)[0] == 2


def test_a_test_runner_that_rewrites_asserts_hides_no_source():
    @process
    async def body(limit):
        assert limit, "no limit"
        match await receive():
            case ("add", k) if k < limit:
                assert [k] == [2], f"{k}"
                return k

    assert run(body(3), [("add", 3), ("add", 2)])[0] == 2
    with pytest.raises(AssertionError):
        run(body(3), [("add", 1)])


def test_functions_made_by_threads_at_once():
    def make(n):
        @process
        async def body():
            match await receive():
                case ("add", k) if k > n:
                    return k + n

        return body

    before = list(warnings.filters)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        made = list(pool.map(make, [0, 1] * 50))
    assert [run(body(), INBOX)[0] for body in made] == [2, 3] * 50
    assert warnings.filters == before
