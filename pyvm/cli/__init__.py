# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The `pyvm` command: runs a script's `main` on the runtime, and says what is installed."""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pyvm


def load_script(path: Path) -> ModuleType:
    """Imports `path` as `python path` would find it: its folder first on `sys.path`.

    The module carries the file's own name, so that process names and function terms say
    `wordcount.worker`, and a function of it sent to another process is found again by name.

    Raises:
        FileNotFoundError: There is no such file.
    """
    if not path.is_file():
        raise FileNotFoundError(f"no such file: {path}")
    free = path.stem.isidentifier() and path.stem not in sys.modules
    name = path.stem if free else "__pyvm_script__"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(f"not a Python file: {path}")
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.resolve().parent))
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def run(file: str, arguments: Sequence[str]) -> int:
    """Runs `main(*arguments)` of a script on the runtime.

    Returns:
        The exit status: what `main` returned if that is an int, otherwise 0.
    """
    sys.argv = [file, *arguments]
    try:
        module = load_script(Path(file))
    except FileNotFoundError as error:
        print(f"pyvm run: {error}", file=sys.stderr)
        return 2
    main_function = getattr(module, "main", None)
    if not callable(main_function):
        print(f"pyvm run: {file} defines no main(); `pyvm run` calls it", file=sys.stderr)
        return 2
    try:
        result = pyvm.run(main_function, *arguments)
    except KeyboardInterrupt:
        return 130
    return result if type(result) is int else 0


def show_info() -> int:
    """Prints the version and where the native half is, one `name: value` a line."""
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    print(f"version: {pyvm.__version__}")
    print(f"python: {sys.version.split()[0]} ({sys.executable})")
    print(f"include: {pyvm.get_include()}")
    print(f"hardware threads: {threads}")
    return 0


def make_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="pyvm", description="Erlang's processes for Python.")
    parser.add_argument("--version", action="version", version=f"pyvm {pyvm.__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    run_parser = commands.add_parser("run", help="run a script's main() on the runtime")
    run_parser.add_argument("file", metavar="FILE.py")
    run_parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="ARGUMENT")
    commands.add_parser("info", help="show version, headers and hardware threads")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """The console script; also `python -m pyvm`."""
    options = make_parser().parse_args(arguments)
    if options.command == "run":
        return run(options.file, options.arguments)
    return show_info()
