# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""__post_init__ refuses what must not be."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Range:
    low: int
    high: int
    seen: list = field(default_factory=list, compare=True)

    def __post_init__(self):
        if self.low > self.high:
            raise ValueError(f"{self.low} > {self.high}")
        self.seen.append("checked")

    def __contains__(self, n):
        return self.low <= n <= self.high

    def __len__(self):
        return self.high - self.low + 1

    def __iter__(self):
        return iter(range(self.low, self.high + 1))

    def __getitem__(self, i):
        return range(self.low, self.high + 1)[i]


def main():
    r = Range(2, 5)
    print(r, 3 in r, 9 in r, len(r), r[0], r[-1], [n * 2 for n in r], bool(r), bool(Range(1, 0 + 1)))
    # expect: Range(low=2, high=5, seen=['checked']) True False 4 2 5 [4, 6, 8, 10] True True
    try:
        Range(5, 2)
    except ValueError as error:
        print(error)  # expect: 5 > 2
    total = 0
    for n in Range(1, 4):
        total += n
    print(total, sum(n for n in r), max([n for n in r]), 4 in r and 6 not in r)  # expect: 10 14 5 True
