# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Methods, properties, class and static methods, and super()."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Account:
    owner: str
    balance: int = 0
    MINIMUM = 0

    @classmethod
    def of(cls, owner, *amounts):
        return cls(owner, sum(amounts))

    @staticmethod
    def check(amount):
        return amount > 0

    @property
    def is_empty(self):
        return self.balance == self.MINIMUM

    def deposit(self, amount, *, fee=1):
        if not self.check(amount):
            raise ValueError(amount)
        return type(self)(self.owner, self.balance + amount - fee)

    def describe(self):
        return f"{self.owner} has {self.balance}"


@dataclass(frozen=True)
class Savings(Account):
    MINIMUM = 10

    def describe(self):
        return super().describe() + f" of at least {self.MINIMUM}"


def main():
    a = Account.of("ann", 5, 6)
    print(a, a.deposit(10), a.deposit(10, fee=0).balance, a.is_empty, Account("bob").is_empty)
    # expect: Account(owner='ann', balance=11) Account(owner='ann', balance=20) 21 False True
    s = Savings.of("sue", 10)
    print(s, s.describe(), a.describe(), s.is_empty, s.deposit(5), isinstance(s, Account), Account.check(-1), Savings.MINIMUM)
    # expect: Savings(owner='sue', balance=10) sue has 10 of at least 10 ann has 11 True Savings(owner='sue', balance=14) True False 10
    try:
        a.deposit(-5)
    except ValueError as error:
        print(error)  # expect: -5
    method = a.deposit
    print(method(3).balance, [x.describe() for x in (a, s)], Account.describe(s))
    # expect: 13 ['ann has 11', 'sue has 10 of at least 10'] sue has 10
