# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""True and False are numbers, and what else counts as true."""


def main():
    print(True, False, not True, not 0, not [], not "x")  # expect: True False False True True False
    print(True == 1, True is True, False == 0, True == 2)  # expect: True True True False
    print(int(True), float(False), str(True), repr(False))  # expect: 1 0.0 True False
    print(bool(0), bool(-1), bool(0.0), bool(""), bool(" "), bool(None))
    # expect: False True False False True False
    print(bool([]), bool([0]), bool({}), bool(set()), bool(()), bool(range(0)), bool(range(1)))
    # expect: False True False False False False True
    print(isinstance(True, int), isinstance(1, bool), type(True) is bool)  # expect: True False True
    print(True + 1, True / 2, sum([True, True, False]), max(False, True))  # expect: 2 0.5 2 True
    print(True and 5, False or 7, 0 or None, 1 and 2 and 3, [] or {} or "last")  # expect: 5 7 None 3 last
    print(["no", "yes"][True], "ab"[False])  # expect: yes a
    print(True < 2, False < True, True <= 1.0)  # expect: True True True
    print(bool("False"), bool(b""), bool(b"0"))  # expect: True False True
