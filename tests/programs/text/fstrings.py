# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""f-strings evaluate in order, once each."""


def noted(log, value):
    log.append(value)
    return value


def main():
    name, n, x = "pyvm", 42, 3.14159
    print(f"{name} {n} {x}", f"{name!r} {n:5d}| {x:.2f}", f"{{}} {{{n}}}", f"{n + 1} {n * 2:>6}")
    # expect: pyvm 42 3.14159 'pyvm'    42| 3.14 {} {42} 43     84
    width, kind = 8, ".3f"
    print(f"{x:{width}.2f}|{x:{kind}}|{name:^{width}}|{name:*>{width}}")
    # expect:     3.14|3.142|  pyvm  |****pyvm
    print(f"{n=}", f"{n = }", f"{name=}", f"{x=:.1f}", f"{name=!s}", f"{n+1=}")
    # expect: n=42 n = 42 name='pyvm' x=3.1 name=pyvm n+1=43
    print(f"{'a' if n > 1 else 'b'}", f"{[i for i in range(3)]}", f"{ {'k': 1}['k'] }", f"{(lambda v: v * 2)(n)}")
    # expect: a [0, 1, 2] 1 84
    log = []
    print(f"{noted(log, 1)}{noted(log, 2)}{noted(log, 3):{noted(log, 4)}}", log)
    # expect: 12   3 [1, 2, 3, 4]
    print(f"a" "b" f"{n}", f"{None} {True} {(1,)} {b'x'}", f"{name[0]}{name[-1]}", f"{'nested ' + f'{n}'}")
    # expect: ab42 None True (1,) b'x' pm nested 42
    print(f"{n!r:>5}|{n!s:<5}|{name!a:^8}|", f"{n:x} {n:#b} {n:,} {10**9:_}", f"{0.25:%} {12345.678:,.1f}")
    # expect:    42|42   | 'pyvm' | 2a 0b101010 42 1_000_000_000 25.000000% 12,345.7
