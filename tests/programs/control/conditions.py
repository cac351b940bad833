# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Conditions, chains and the walrus."""


def grade(n):
    if n >= 90:
        return "A"
    elif n >= 80:
        return "B"
    elif not n:
        return "none"
    else:
        return "C"


def main():
    print([grade(n) for n in (95, 85, 50, 0)])  # expect: ['A', 'B', 'C', 'none']
    print(1 < 2 < 3 == 3 != 4 >= 4, 1 < 3 > 2 in [2], not 1 == 2, (1 < 2) == True, 1 < 2 == True)
    # expect: True True True True False
    print("a" if [] else "b" if {} else "c", None or "default", "" and 1, 5 and None, not None and "x")
    # expect: c default  None x
    if (n := len("four")) > 3:
        print(n, n * 2)  # expect: 4 8
    while (n := n - 1) > 1:
        pass
    print(n, [m for v in range(6) if (m := v % 3)], (k := 5) + k)  # expect: 1 [1, 2, 1, 2] 10
    print(None is None, [] is [], "a" in "abc" in ["abc"], 3 not in [1, 2] and "ok")
    # expect: True False True ok
    print(bool(0 or [] or ""), 0 or [] or "", 1 and [1] and "end")  # expect: False  end
