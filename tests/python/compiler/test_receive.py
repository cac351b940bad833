# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What a selective receive does: which message it takes, what it binds, what it leaves."""

import fake_vm
import pytest
from fake_vm import ReceiveTimeout, process, receive, run


class Holder:
    """An object with attributes for value patterns."""

    def __init__(self, **attributes):
        self.__dict__.update(attributes)


def test_oldest_accepted_message_is_taken_and_the_others_keep_their_order():
    @process
    async def body():
        match await receive():
            case ("add", k):
                return k

    value, vm = run(body(), ["x", ("add", 1), "y", ("add", 2)])
    assert value == 1
    assert vm.mailbox == ["x", "y", ("add", 2)]


def test_cases_are_tried_message_by_message():
    @process
    async def body():
        match await receive():
            case "first case":
                return 0
            case int(n):
                return n

    assert run(body(), [7, "first case"])[0] == 7


def test_a_message_that_comes_later_is_matched_when_it_comes():
    @process
    async def body():
        match await receive():
            case ("go", x):
                return x

    value, vm = run(body(), ["a"], ["b", ("go", 3)])
    assert (value, vm.mailbox) == (3, ["a", "b"])


def test_guard_decides_and_sees_the_bindings():
    @process
    async def body(state):
        match await receive():
            case ("add", k) if k > state:
                return k

    value, vm = run(body(5), [("add", 4), ("add", 5), ("add", 6), ("add", 7)])
    assert value == 6
    assert vm.mailbox == [("add", 4), ("add", 5), ("add", 7)]


def test_names_bound_by_a_failed_guard_stay_bound():
    @process
    async def body():
        match await receive():
            case ("a", x) if x > 1:
                return "a", x
            case "b":
                return "b", x

    assert run(body(), [("a", 0), "b"])[0] == ("b", 0)


def test_guards_run_in_order_and_only_after_their_pattern():
    seen = []

    def note(name, answer):
        seen.append(name)
        return answer

    @process
    async def body():
        match await receive():
            case int(n) if note(("int", n), False):
                return "int"
            case str(s) if note(("str", s), s == "c"):
                return s
            case 3:
                return "three"

    assert run(body(), [1, "b", 3, "c"])[0] == "three"
    assert seen == [("int", 1), ("str", "b"), ("int", 3)]


def test_a_guard_that_raises_leaves_the_message():
    @process
    async def body():
        try:
            match await receive():
                case ("div", n) if 1 / n > 0:
                    return n
        except ZeroDivisionError:
            return (await receive(),)

    assert run(body(), [("div", 0)])[0] == (("div", 0),)


def test_a_guard_may_await():
    async def is_even(n):
        return n % 2 == 0

    @process
    async def body():
        match await receive():
            case n if await is_even(n):
                return n

    value, vm = run(body(), [1, 3, 4])
    assert (value, vm.mailbox) == (4, [1, 3])


def test_timeout_is_a_subject():
    @process
    async def body():
        match await receive(timeout=0.5):
            case "never":
                return 1
            case fake_vm.TIMEOUT:
                return "late"

    value, vm = run(body(), ["x"])
    assert (value, vm.mailbox) == ("late", ["x"])


def test_a_wildcard_takes_any_message_before_the_timeout_and_then_the_timeout():
    @process
    async def body():
        match await receive(timeout=0):
            case message:
                return message

    assert run(body(), ["m"])[0] == "m"
    assert run(body())[0] is fake_vm.TIMEOUT


def test_timeout_without_a_case_raises_where_the_receive_stands():
    @process
    async def body():
        match await receive(timeout=0.5):
            case ("x",):
                return 1

    with pytest.raises(ReceiveTimeout):
        run(body(), ["y"])


def test_timeout_may_be_guarded():
    @process
    async def body(strict):
        match await receive(timeout=0.5):
            case fake_vm.TIMEOUT if not strict:
                return "fine"

    assert run(body(False))[0] == "fine"
    with pytest.raises(ReceiveTimeout):
        run(body(True))


def test_dotted_values_are_evaluated_once_when_the_match_begins():
    class Counting:
        reads = 0

        @property
        def ref(self):
            Counting.reads += 1
            return Counting.reads

    @process
    async def body(self):
        match await receive():
            case ("reply", self.ref, value):
                return value
            case ("error", self.ref):
                return "error"

    value, _ = run(body(Counting()), [("reply", 2, "no"), ("reply", 1, "yes")])
    assert (value, Counting.reads) == ("yes", 1)


def test_timeout_is_evaluated_before_dotted_values():
    order = []

    def seconds():
        order.append("timeout")
        return 1

    class State:
        @property
        def ref(self):
            order.append("value")
            return 1

    @process
    async def body(state):
        match await receive(timeout=seconds()):
            case state.ref:
                return order

    assert run(body(State()), [1])[0] == ["timeout", "value"]


def test_subject_may_be_named():
    @process
    async def body():
        match message := await receive():
            case ("a", x) if x:
                return message, x
            case ("b", message):
                return message

    assert run(body(), [("a", 0), ("a", 1)])[0] == (("a", 1), 1)
    assert run(body(), [("b", 5)])[0] == 5


def test_single_unguarded_case_neither_accepts_nor_rejects():
    @process
    async def body():
        match await receive():
            case ("x", a, b):
                return a + b

    value, vm = run(body(), [("x", 1, 2)])
    assert (value, vm.accepted, vm.rejected) == (3, 0, 0)
