# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""A bank: a process for each account, transfers between them, and money that never gets lost.

    pyvm run examples/bank.py [--accounts 1000] [--transfers 100000] [--tellers 8] [--close 50]

An *account* has its balance in the parameter of its loop and takes one message after the other, so
there is no lock. A *teller* makes transfers at random: it withdraws, then deposits. Meanwhile
accounts are closed: each sends what it has to the *vault*, itself an account, and ends. A teller
that finds its target closed pays the money back, to the vault if the source is closed too. At the
end the books must balance to the cent, and each transfer must be accounted for.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from dataclasses import dataclass, replace

import pyvm
from pyvm import Pid, receive, send, spawn

START = 1_000_00  # cents in each account
MOST = 400_00  # in a transfer


@dataclass(frozen=True)
class Tally:
    """What became of transfers."""

    done: int = 0
    refused: int = 0  # the source had too little
    closed: int = 0  # the source was closed
    returned: int = 0  # the target was closed

    @property
    def total(self) -> int:
        """All of them."""
        return self.done + self.refused + self.closed + self.returned

    def plus(self, other: Tally) -> Tally:
        """Both together."""
        return Tally(
            self.done + other.done,
            self.refused + other.refused,
            self.closed + other.closed,
            self.returned + other.returned,
        )


@pyvm.process
def account(cents: int) -> None:
    """Answers each request; ends when it is closed."""
    match receive():
        case ("withdraw", amount, reply_to) if amount > cents:
            send(reply_to, "refused")
        case ("withdraw", amount, reply_to):
            send(reply_to, "taken")
            return account(cents - amount)
        case ("deposit", amount, reply_to):
            send(reply_to, "put")
            return account(cents + amount)
        case ("balance", reply_to):
            send(reply_to, cents)
        case ("close", vault):
            vault.call(("deposit", cents))
            return None
    return account(cents)


def transfer(source: Pid, target: Pid, vault: Pid, cents: int, tally: Tally) -> Tally:
    """Moves money, or leaves it where it was; the tally with what happened."""
    try:
        if source.call(("withdraw", cents)) == "refused":
            return replace(tally, refused=tally.refused + 1)
    except pyvm.ProcessDown:
        return replace(tally, closed=tally.closed + 1)
    try:
        target.call(("deposit", cents))
        return replace(tally, done=tally.done + 1)
    except pyvm.ProcessDown:
        pay_back(source, vault, cents)
        return replace(tally, returned=tally.returned + 1)


def pay_back(source: Pid, vault: Pid, cents: int) -> None:
    """Gives back what was withdrawn."""
    try:
        source.call(("deposit", cents))
    except pyvm.ProcessDown:
        vault.call(("deposit", cents))


@pyvm.process
def teller(bank: Pid, accounts: list[Pid], vault: Pid, transfers: int) -> None:
    """Makes its share of the transfers and brings the bank the tally."""
    tally = Tally()
    for _ in range(transfers):
        source, target = random.sample(accounts, 2)
        tally = transfer(source, target, vault, random.randint(1, MOST), tally)
    send(bank, ("finished", tally))


@pyvm.process
def bank(accounts: int, transfers: int, tellers: int, closed: int) -> None:
    """Runs everything, then answers ("result", who) with the tally and the money that is there."""
    vault = spawn(account, 0)
    pids = [spawn(account, START) for _ in range(accounts)]
    for number in range(tellers):
        share = transfers // tellers + (number < transfers % tellers)
        spawn(teller, pyvm.self(), pids, vault, share, link=True)
    for pid in random.sample(pids, closed):
        pyvm.monitor(pid)
        send(pid, ("close", vault))
        pyvm.yield_now()
    tally = Tally()
    for _ in range(tellers):
        match receive():
            case ("finished", part):
                tally = tally.plus(part)
    for _ in range(closed):
        match receive():
            case ("DOWN", _, "process", _, "normal"):
                pass  # what it had is in the vault
    money = sum(balance(pid) for pid in [vault, *pids])
    match receive():
        case ("result", who):
            send(who, (tally, money))


def balance(pid: Pid) -> int:
    """The cents of an account; of a closed one none."""
    try:
        return pid.call("balance")
    except pyvm.ProcessDown:
        return 0


def main(*arguments: str) -> int:
    """Runs the bank and looks at its books; 1 if they do not balance."""
    parser = argparse.ArgumentParser(prog="bank", description="Transfers between processes.")
    parser.add_argument("--accounts", type=int, default=1000)
    parser.add_argument("--transfers", type=int, default=100_000)
    parser.add_argument("--tellers", type=int, default=8)
    parser.add_argument("--close", type=int, default=50, help="accounts that are closed meanwhile")
    options = parser.parse_args(arguments)
    if options.accounts < 2 or options.tellers < 1 or not 0 <= options.close <= options.accounts:
        parser.error("at least two accounts and a teller; no more can be closed than there are")

    begin = time.perf_counter()
    pid = spawn(bank, options.accounts, options.transfers, options.tellers, options.close)
    tally, money = pid.call("result", timeout=3600.0)
    seconds = time.perf_counter() - begin
    print(f"{tally.done:>10,} transfers done")
    print(f"{tally.refused:>10,} refused: too little in the account")
    print(f"{tally.closed:>10,} not begun: the account was closed")
    print(f"{tally.returned:>10,} paid back: the other account was closed")
    print(f"{seconds:>10.2f} s, {tally.total / seconds:,.0f} a second")
    balances = money == options.accounts * START and tally.total == options.transfers
    print("the books balance" if balances else f"THE BOOKS DO NOT BALANCE: {money:,} cents")
    return 0 if balances else 1


if __name__ == "__main__":
    sys.exit(pyvm.run(main, *sys.argv[1:]))
