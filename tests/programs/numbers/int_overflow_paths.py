# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Each operator crosses the edge of small integers both ways."""

EDGES = [2**58, 2**59 - 1, 2**59, 2**60 - 1, 2**60, 2**62, 2**63 - 1, 2**63, 2**64]


def main():
    print([e + 1 for e in EDGES])
    # expect: [288230376151711745, 576460752303423488, 576460752303423489, 1152921504606846976, 1152921504606846977, 4611686018427387905, 9223372036854775808, 9223372036854775809, 18446744073709551617]
    print([-e - 1 for e in EDGES])
    # expect: [-288230376151711745, -576460752303423488, -576460752303423489, -1152921504606846976, -1152921504606846977, -4611686018427387905, -9223372036854775808, -9223372036854775809, -18446744073709551617]
    print([e * 2 - e == e for e in EDGES], [e * e // e == e for e in EDGES])
    # expect: [True, True, True, True, True, True, True, True, True] [True, True, True, True, True, True, True, True, True]
    print([(e << 3) >> 3 == e for e in EDGES], [~~e == e for e in EDGES])
    # expect: [True, True, True, True, True, True, True, True, True] [True, True, True, True, True, True, True, True, True]
    print([int(str(e)) == e for e in EDGES], [-(-e) == e for e in EDGES])
    # expect: [True, True, True, True, True, True, True, True, True] [True, True, True, True, True, True, True, True, True]
    print([(e - 1) % 1000 for e in EDGES])  # expect: [743, 486, 487, 974, 975, 903, 806, 807, 615]
    print([e & 0xFF | 1 for e in EDGES], [e ^ e for e in EDGES])
    # expect: [1, 255, 1, 255, 1, 1, 255, 1, 1] [0, 0, 0, 0, 0, 0, 0, 0, 0]
    total = 0
    for e in EDGES:
        total += e
        total -= 1
    print(total)  # expect: 45252169055818743796
    print(sum(EDGES), sum(-e for e in EDGES), max(EDGES) - min(EDGES))
    # expect: 45252169055818743805 -45252169055818743805 18158513697557839872
    print(sorted(EDGES, reverse=True) == EDGES[::-1], {e: 1 for e in EDGES} == {e + 0: 1 for e in EDGES})
    # expect: True True
