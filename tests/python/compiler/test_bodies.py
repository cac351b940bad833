# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What the statements of a case, and around a match, may do."""

import fake_vm
import pytest
from fake_vm import process, receive, run


def test_loop_statements_in_a_body_mean_the_users_loop():
    @process
    async def body():
        seen = []
        while True:
            match await receive():
                case ("skip", _):
                    continue
                case ("stop", x) if x:
                    break
                case int() as n:
                    seen.append(n)
                case str(s) if s == "return":
                    return s
            seen.append("end")
        else:
            return "else"
        return seen

    value, vm = run(body(), [1, ("stop", 0), ("skip", 1), 2, ("stop", 1), "x"])
    assert value == [1, "end", 2, "end"]
    assert vm.mailbox == [("stop", 0), "x"]
    assert run(body(), ["return"])[0] == "return"


def test_nested_matches_of_both_kinds():
    @process
    async def body():
        match await receive():
            case ("outer", x):
                match x:
                    case [a, *_]:
                        match await receive():
                            case ("inner", y) if y == a:
                                return a, y

    value, vm = run(body(), [("inner", 1), ("inner", 2), ("outer", [2, 3])])
    assert (value, vm.mailbox) == ((2, 2), [("inner", 1)])


def test_bodies_may_walrus_yield_from_try_and_with():
    @process
    async def body():
        try:
            match await receive():
                case ("t", x):
                    if (y := x + 1) > 1:
                        raise KeyError(y)
        except KeyError as error:
            return error.args[0]
        finally:
            match await receive(timeout=0):
                case "cleanup":
                    pass
                case fake_vm.TIMEOUT:
                    pass

    value, vm = run(body(), [("t", 1), "cleanup"])
    assert (value, vm.mailbox) == (2, [])


def test_many_cases_are_dispatched_to_the_right_body():
    cases = "".join(
        f"        case ({n}, x){' if x' if n % 3 == 0 else ''}: return {n}, x\n" for n in range(23)
    )
    plain = cases.replace(" if x", "")
    source = "@process\nasync def body():\n    match await receive():\n"
    for text in (cases, plain):
        scope = fake_vm.define(source + text, f"<many {len(text)}>")
        for n in range(23):
            value, vm = run(scope["body"](), [(n, 0), (n, 1)])
            assert value == (n, 1 if n % 3 == 0 and text is cases else 0)
            assert len(vm.mailbox) == 1


def test_nothing_but_its_names_holds_a_message_once_its_body_runs():
    @process
    async def body():
        match await receive():
            case (1, m):
                return m, sorted(locals())
            case (2, m) if m:
                return m, sorted(locals())

    @process
    async def plain():
        match await receive():
            case (1, m):
                return m, sorted(locals())
            case (2, m):
                return m, sorted(locals())

    for function in (body, plain):
        assert run(function(), [(2, 5)])[0] == (5, [".case", ".receive0", "m"])


def test_receives_that_are_no_match_subjects_are_untouched():
    @process
    async def body():
        first = await receive()
        rest = [await receive() for _ in range(2)]
        return first, rest, await receive(timeout=1)

    assert run(body(), [1, 2, 3, 4, 5])[0] == (1, [2, 3], 4)


def test_nested_undecorated_functions_are_not_rewritten():
    @process
    async def body():
        async def helper():
            match await receive():
                case 2:
                    return 2

        return await helper()

    with pytest.raises(fake_vm.BareReceive):
        run(body(), [1, 2])


def test_async_generators_may_match():
    @process
    async def numbers():
        while True:
            match await receive():
                case int(n):
                    yield n
                case "stop":
                    return

    @process
    async def body():
        return [n async for n in numbers()]

    assert run(body(), [1, "x", 2, "stop"])[0] == [1, 2]
