# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Locals without a value, and names of the module."""

LIMIT = 3
TABLE = {"one": 1, "many": [1, 2]}


def maybe(bind):
    if bind:
        value = "bound"
    return value


def nested():
    value = 1

    def inner():
        return value

    del value
    return inner()


def main():
    print(maybe(True), LIMIT, TABLE["many"][1], len(TABLE))  # expect: bound 3 2 2
    try:
        maybe(False)
    except UnboundLocalError as error:
        print(type(error).__name__)  # expect: UnboundLocalError
    try:
        nested()
    except NameError as error:
        print(type(error).__name__)  # expect: NameError
    LOCAL = LIMIT + 1
    print(LOCAL, __name__ == "x", [LIMIT for LIMIT in range(2)], LIMIT)  # expect: 4 False [0, 1] 3
