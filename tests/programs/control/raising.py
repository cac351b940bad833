# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""raise: classes, instances, causes, and again."""


def attempt(function):
    try:
        return function()
    except Exception as error:
        return (type(error).__name__, error.args, type(error.__cause__).__name__)


def with_cause():
    try:
        [][0]
    except IndexError as error:
        raise RuntimeError("outer", 2) from error


def again():
    try:
        raise KeyError("k")
    except KeyError:
        raise


def from_none():
    try:
        1 // 0
    except ZeroDivisionError:
        raise ValueError("plain") from None


def wrong():
    raise 5


def main():
    print(attempt(with_cause), attempt(again), attempt(from_none))
    # expect: ('RuntimeError', ('outer', 2), 'IndexError') ('KeyError', ('k',), 'NoneType') ('ValueError', ('plain',), 'NoneType')
    print(attempt(wrong))  # expect: ('TypeError', ('exceptions must derive from BaseException',), 'NoneType')
    try:
        raise ValueError
    except ValueError as error:
        print(repr(error), str(error) == "", error.args, bool(error.args))
        # expect: ValueError() True () False
    try:
        raise OSError(2, "missing")
    except OSError as error:
        print(error.args)  # expect: (2, 'missing')
    error = ValueError("kept", [1])
    error.add_note("a note")
    try:
        raise error
    except ValueError as same:
        print(same.__notes__, repr(same), str(same))
        # expect: ['a note'] ValueError('kept', [1]) ('kept', [1])
    print([str(e) for e in (KeyError("k"), KeyError(), IndexError("i"), ValueError(1, 2), Exception())])
    # expect: ["'k'", '', 'i', '(1, 2)', '']
    print(isinstance(KeyError(), LookupError), isinstance(error, Exception))  # expect: True True
