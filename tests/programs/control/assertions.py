# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""assert, with and without a text."""


def attempt(function):
    try:
        return function()
    except AssertionError as error:
        return ("failed", error.args)


def check(value, log):
    assert value, log.append("made") or ["text", value]
    return "held"


def bare(value):
    assert value
    return "held"


def main():
    log = []
    print(attempt(lambda: check(1, log)), log)  # expect: held []
    print(attempt(lambda: check(0, log)), log)  # expect: ('failed', (['text', 0],)) ['made']
    print(attempt(lambda: bare([0])), attempt(lambda: bare([])))  # expect: held ('failed', ())
