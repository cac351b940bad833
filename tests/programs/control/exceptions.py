# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""try, except, else, finally: who runs when."""


def run(what, log):
    try:
        log.append("try")
        if what == "value":
            raise ValueError("v")
        if what == "key":
            {}["k"]
        if what == "return":
            return "from try"
    except ValueError as error:
        log.append(str(error))
    except (KeyError, IndexError) as error:
        log.append(repr(error))
        return "from except"
    else:
        log.append("else")
    finally:
        log.append("finally")
    return "end"


def override():
    try:
        return "try"
    finally:
        return "finally"


def swallowed():
    for n in range(3):
        try:
            raise ValueError(n)
        finally:
            if n < 2:
                continue
            break
    return n


def main():
    for what in ("nothing", "value", "key", "return"):
        log = []
        print(run(what, log), log)
    # expect: end ['try', 'else', 'finally']
    # expect: end ['try', 'v', 'finally']
    # expect: from except ['try', "KeyError('k')", 'finally']
    # expect: from try ['try', 'finally']
    print(override(), swallowed())  # expect: finally 2
    try:
        try:
            1 // 0
        except ZeroDivisionError:
            int("x")
    except ValueError as error:
        print(error)  # expect: invalid literal for int() with base 10: 'x'
    try:
        try:
            raise KeyError("inner")
        finally:
            print("cleaning")  # expect: cleaning
    except LookupError as error:
        print(type(error).__name__, error)  # expect: KeyError 'inner'
    try:
        error = "kept"
        raise ValueError
    except ValueError as error:
        pass
    try:
        print(error)
    except NameError as unbound:
        print(type(unbound).__name__)  # expect: UnboundLocalError
