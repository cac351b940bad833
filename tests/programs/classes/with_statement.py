# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""with: entered in order, left in reverse, whatever happens."""

import contextlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    name: str
    log: list
    swallow: bool = False

    def __enter__(self):
        self.log.append(f"enter {self.name}")
        return self.name

    def __exit__(self, kind, error, trace):
        self.log.append(f"exit {self.name} {kind.__name__ if kind else None} {error}")
        return self.swallow


def early(log):
    for n in range(3):
        with Step(str(n), log):
            if n == 0:
                continue
            return n


def main():
    log = []
    with Step("a", log) as a, Step("b", log) as b:
        log.append(a + b)
    print(log)  # expect: ['enter a', 'enter b', 'ab', 'exit b None None', 'exit a None None']
    log = []
    with Step("outer", log, True), Step("inner", log):
        raise ValueError("x")
    print(log)  # expect: ['enter outer', 'enter inner', 'exit inner ValueError x', 'exit outer ValueError x']
    log = []
    try:
        with Step("c", log):
            {}["k"]
    except KeyError as error:
        print(log, error)  # expect: ['enter c', "exit c KeyError 'k'"] 'k'
    log = []
    print(early(log), log)  # expect: 1 ['enter 0', 'exit 0 None None', 'enter 1', 'exit 1 None None']
    with contextlib.suppress(KeyError, ValueError):
        int("x")
        print("never")
    with contextlib.nullcontext(5) as n:
        print(n)  # expect: 5
