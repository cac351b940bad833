# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The process dictionary while code of the user runs in the middle of its operations."""

import pyvm


class Meddles(Exception):
    """Making one, as reading it does, changes the dictionary."""

    reading = False

    def __init__(self, text):
        super().__init__(text)
        if Meddles.reading:
            pyvm.erase("k")
            for number in range(100):
                pyvm.put(number, "x" * 100)


async def test_values_whose_making_changes_the_dictionary():
    """get, get of all and erase hold on to what they read."""
    operations = [
        lambda: pyvm.get("k"),
        lambda: pyvm.get()["k"],
        lambda: pyvm.erase("k"),
        lambda: pyvm.put("k", 1),
    ]
    for operation in operations:
        pyvm.put("k", ("a long enough text to be boxed" * 3, Meddles("text " * 50)))
        Meddles.reading = True
        try:
            _, error = operation()
        finally:
            Meddles.reading = False
        assert error.args == ("text " * 50,)
        pyvm.erase()
