# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Acceptance 5: what misuse says names the place and the cure."""

import pytest
from process_kit import idle

import pyvm
from pyvm import receive, send, spawn


async def test_cycle_in_a_message_names_both_ends():
    """Where it is met again, and what it is."""
    cyclic = []
    cyclic.append(("x", cyclic))
    with pytest.raises(TypeError, match=r"message\[1\]\[0\]\[1\].*message\[1\] again"):
        send(pyvm.self(), ("m", cyclic))


async def test_unknown_option_of_spawn_is_named_beside_those_there_are():
    """And that arguments are given by position."""
    with pytest.raises(TypeError, match=r"'linked'.*link.*position"):
        spawn(idle, linked=True)


@pytest.mark.parametrize("body", [1, None, "idle"], ids=repr)
async def test_spawn_of_what_is_no_function(body):
    """The object, and what is wanted."""
    with pytest.raises(TypeError, match=r"spawn: .*async def"):
        spawn(body)


async def test_name_that_nobody_has_is_named_beside_where_to_look():
    """send to a dead name."""
    with pytest.raises(ValueError, match=r"'nobody'.*registered\(\)"):
        send("nobody", 1)


@pytest.mark.parametrize("seconds", [-1, 4294967.296, float("nan"), float("inf")])
async def test_bad_times_say_their_range_and_what_to_do(seconds):
    """Only a timeout can be left out."""
    with pytest.raises(ValueError, match=r"timeout.*4294967.295.*leave it out"):
        await receive("m", timeout=seconds)
    with pytest.raises(ValueError, match=r"seconds.*4294967.295") as caught:
        await pyvm.sleep(seconds)
    assert "leave it out" not in str(caught.value)


async def test_destinations_may_be_names():
    """The message does not hide it."""
    with pytest.raises(TypeError, match="Pid or a name"):
        pyvm.send_after(1, object(), "m")
    with pytest.raises(TypeError, match="Pid or a name"):
        pyvm.monitor(object())


def test_native_of_what_is_no_capsule():
    """What would be right."""
    with pytest.raises(TypeError, match=r"capsule.*NativeFactory"):
        pyvm.native(3)


def test_timers_before_the_start_are_refused():
    """Nobody would serve them."""

    async def me():
        return pyvm.self()

    pid = pyvm.run(me)
    for start in (pyvm.send_after, pyvm.start_timer):
        with pytest.raises(RuntimeError, match=r"pyvm\.start\(\)"):
            start(0.1, pid, "m")


def test_other_process_is_named_in_a_seeded_run():
    """One thread runs all: register does not wait for itself."""

    async def main():
        pyvm.register("main")
        pid = spawn(idle)
        pyvm.register("other", pid)
        return pyvm.whereis("other") == pid

    assert pyvm.run(main, seed=1)


@pytest.mark.parametrize("name", ["", "undefined", "lone \ud800"], ids=ascii)
async def test_what_cannot_be_a_name_is_named(name):
    """Wherever a name is given."""
    for call in (
        lambda: pyvm.register(name),
        lambda: pyvm.unregister(name),
        lambda: pyvm.whereis(name),
        lambda: pyvm.send_after(0, name, "m"),
        lambda: spawn(idle, name=name),
    ):
        with pytest.raises(ValueError, match="cannot be a name"):
            call()
