# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Guards that compare a capture with a variable: where they become hints, and that they stay guards."""

import pytest

import pyvm
from pyvm import receive, send
from pyvm.compiler import rewrite

TIMEOUT = object()


def hints_in(body):
    """The number of ("ref", ...) in the patterns of the one match of `body`."""
    seen = []

    def make_selection(ir, meta):
        seen.append(ir)
        return object()

    rewrite(body, make_selection=make_selection, receive=receive, timeout=TIMEOUT)

    def count(part):
        if isinstance(part, list | tuple):
            return (part[:1] == ("ref",)) + sum(count(inner) for inner in part)
        return 0

    return sum(count(ir) for ir in seen)


async def by_parameter(ref):
    match await receive():
        case (r, x) if r == ref:
            return x


async def assigned_before(make):
    ref = make()
    while True:
        match await receive():
            case {"to": r, "say": x} if ref == r and x:
                return x


async def in_a_loop(make):
    for ref in make():
        match await receive():
            case (r, x) if r == ref:
                return x
    return None


async def with_other_cases(ref):
    while True:
        match await receive():
            case ("junk", x):
                print(x)
            case [_, r, *_] if r == ref:
                return r
            case pyvm.TIMEOUT:
                return None


async def read_after_the_only_case(ref):
    match await receive():
        case (r, x) if r == ref:
            pass
    return r, x


@pytest.mark.parametrize(
    "body", [by_parameter, assigned_before, in_a_loop, with_other_cases, read_after_the_only_case]
)
def test_a_guard_on_a_variable_is_a_hint(body):
    assert hints_in(body) == 1


async def perhaps_unbound(make):
    if make:
        ref = make()
    match await receive():
        case (r, x) if r == ref:
            return x


async def deleted(ref):
    del ref
    match await receive():
        case (r, x) if r == ref:  # noqa: F821
            return x


async def unbound_by_a_handler(make):
    ref = make()
    try:
        make()
    except ValueError as ref:
        print(ref)
    match await receive():
        case (r, x) if r == ref:
            return x


async def captured_before(ref):
    match await receive():
        case (ref, 1) if ref is None:
            return 1
        case (r, x) if r == ref:
            return x


async def changed_in_a_guard(ref):
    match await receive():
        case (a, 1) if ref := a:
            return 1
        case (r, x) if r == ref:
            return x


async def changed_from_inside(ref):
    def change():
        nonlocal ref
        ref = None

    match await receive():
        case (r, x) if r == ref:
            return change, x


async def in_an_alternative(ref):
    match await receive():
        case ("a", r, x) | ("b", x, r) if r == ref:
            return x


async def with_or(ref):
    match await receive():
        case (r, x) if r == ref or x:
            return x


async def chained(ref):
    match await receive():
        case (r, x) if r == ref == x:
            return x


async def negated(ref):
    match await receive():
        case (r, x) if r != ref:
            return x


async def part_of_another_pattern(ref):
    match await receive():
        case ((1 | 2) as r, x) if r == ref:
            return x


async def read_in_another_case(ref, x):
    match await receive():
        case (r, x) if r == ref:
            return None
        case _:
            return x


async def read_after_several_cases(ref):
    match await receive():
        case (r, x) if r == ref:
            pass
        case _:
            pass
    return r, x


async def read_around_it(ref):
    match await receive():
        case (r, x):
            match await receive():
                case (r, y) if r == ref:
                    return y
                case _:
                    return r, x


async def seen_from_inside(ref):
    match await receive():
        case (r, x) if r == ref:
            return lambda: x


async def bound_by_with(make):
    async with make(), make() as ref:
        pass
    match await receive():
        case (r, x) if r == ref:
            return x


async def named_in_a_target(make, table, ref):
    del ref
    table[ref if make else 0] = 1  # noqa: F821
    match await receive():
        case (r, x) if r == ref:  # noqa: F821
            return x


async def used_in_a_target(make, table):
    if table:
        ref = make()
    table[ref if make else 0] = 1
    match await receive():
        case (r, x) if r == ref:
            return x


async def private(__ref):
    match await receive():
        case (r, x) if r == __ref:
            return x


@pytest.mark.parametrize(
    "body",
    [
        read_in_another_case,
        read_after_several_cases,
        read_around_it,
        seen_from_inside,
        bound_by_with,
        named_in_a_target,
        used_in_a_target,
        private,
        perhaps_unbound,
        deleted,
        unbound_by_a_handler,
        captured_before,
        changed_in_a_guard,
        changed_from_inside,
        in_an_alternative,
        with_or,
        chained,
        negated,
        part_of_another_pattern,
    ],
)
def test_other_guards_are_none(body):
    assert hints_in(body) == 0


async def test_the_reply_to_a_reference_is_found_behind_others():
    me, other, ref = pyvm.self(), pyvm.make_ref(), pyvm.make_ref()
    for message in [(other, 1), ("no reference", 2), (ref, 3), (ref, 4)]:
        send(me, message)
    match await receive():
        case (r, x) if r == ref:
            assert x == 3
    match await receive():
        case (r, x) if ref == r and x != 4:
            raise AssertionError(x)
        case (r, x):
            assert (r, x) == (other, 1)
    assert await receive() == ("no reference", 2)
    assert await receive() == (ref, 4)


class Everything:
    """Equal to all, and nothing a message can hold."""

    def __eq__(self, other):
        return True

    __hash__ = None


@pytest.mark.parametrize("value", [2, 2.0, "two", ("t", 1), None, Everything(), object()])
async def test_what_is_no_reference_is_compared_by_the_guard(value):
    for first in [1, 2, "two", ("t", 1), None]:
        send(pyvm.self(), (first, "x"))
    expected = next((one for one in [1, 2, "two", ("t", 1), None] if one == value), pyvm.TIMEOUT)
    found = pyvm.TIMEOUT
    match await receive(timeout=0):
        case (r, "x") if r == value:
            found = r
        case pyvm.TIMEOUT:
            pass
    assert found is expected or found == expected


async def test_an_alias_and_the_reference_it_is_are_found():
    alias = pyvm.alias()
    send(pyvm.self(), ("junk", 1))
    send(pyvm.self(), (alias, 2))
    match await receive():
        case (r, x) if r == alias:
            assert x == 2
