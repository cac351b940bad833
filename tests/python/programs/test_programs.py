# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The programs of tests/programs print what they say, in CPython and as compiled processes.

Each has a function `main`. What it prints, line by line, stands in comments `# expect: ...`, in the order
of the file.
"""

import importlib.util
import pathlib
import re
import sys

import pytest

import pyvm

PROGRAMS = pathlib.Path(__file__).parents[2] / "programs"
NAMES = sorted(str(path.relative_to(PROGRAMS))[:-3] for path in PROGRAMS.glob("*/*.py"))
_EXPECTED = re.compile(r"# expect: (.*)")


@pytest.fixture(params=NAMES)
def program(request, monkeypatch):
    """Its main and what that prints."""
    path = PROGRAMS / f"{request.param}.py"
    name = "program_" + request.param.replace("/", "_")
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)  # its classes are found by it
    spec.loader.exec_module(module)
    return module.main, _EXPECTED.findall(path.read_text(encoding="utf-8"))


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="texts of errors are those of Python 3.11")
def test_says_what_cpython_prints(program, capsys):
    main, expected = program
    main()
    assert capsys.readouterr().out.splitlines() == expected


async def test_prints_the_same_as_a_compiled_process(program, capfd):
    main, expected = program
    _, ref = pyvm.spawn(pyvm.process(main), monitor=True)
    reason = (await pyvm.receive(("DOWN", ref, ...,  ..., ...)))[4]
    assert reason is None or reason == "normal", reason
    assert capfd.readouterr().out.splitlines() == expected
