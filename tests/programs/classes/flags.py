# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Flags are combined and asked."""

import enum


class Perm(enum.Flag):
    R = 4
    W = 2
    X = 1


class Bits(enum.IntFlag):
    A = 1
    B = 2


def main():
    rw = Perm.R | Perm.W
    print(rw, rw.value, Perm.R in rw, Perm.X in rw, rw & Perm.W, rw ^ Perm.W, bool(rw & Perm.X), rw == Perm.W | Perm.R)
    # expect: Perm.R|W 6 True False Perm.W Perm.R False True
    print(~rw, Perm(5), Perm(0), Perm.R.name, rw.name, [p.name for p in Perm], Perm(7) == ~Perm(0))
    # expect: Perm.X Perm.R|X Perm(0) R R|W ['R', 'W', 'X'] True
    print(Bits.A | Bits.B, (Bits.A | 2).value, Bits.A + 1, Bits.B in Bits(3), Bits(3) & 2, int(Bits.A | Bits.B))
    # expect: 3 3 2 True 2 3
