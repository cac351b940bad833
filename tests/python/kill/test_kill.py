# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""`kill`: cannot be trapped or caught when sent; an ordinary reason when it comes by a link."""

import pytest
from process_kit import (
    down,
    end_of,
    fail_with,
    idle,
    killed,
    order,
    patience,
    puppet,
    silence,
    take,
)

import pyvm
from pyvm import receive, send, spawn


async def chain(length, how, tester):
    """Links `length` processes; the far end says how it can be reached."""
    if length > 1:
        spawn(chain, length - 1, how, tester, link=True)
        await receive("never")
    send(tester, ("far", pyvm.self()))
    await receive("go")
    if how == "self":
        pyvm.exit(pyvm.self(), "kill")
        await receive("never")
    pyvm.exit("kill")


@pytest.mark.parametrize("length", [1, 2, 9, 10])
@pytest.mark.parametrize(
    ("how", "seen"), [("other", "killed"), ("self", "killed"), ("itself", "kill")]
)
async def test_kill_seen_through_a_chain_of_links(length, how, seen):
    """B2 when another kills the far end, B3 when it kills itself, B4 when it exits with `kill`."""
    pyvm.process_flag("trap_exit", True)
    near = spawn(chain, length, how, pyvm.self(), link=True)
    _, far = await take(("far", ...))
    if how == "other":
        pyvm.exit(far, "kill")
    else:
        send(far, "go")
    assert await take() == ("EXIT", near, seen)


async def test_kill_by_a_link_can_be_trapped():
    """B4: `kill` that a process gave as its own reason."""

    async def between(parent):
        pyvm.process_flag("trap_exit", True)
        pid = spawn(fail_with, "kill", link=True)
        assert await receive(...) == ("EXIT", pid, "kill")
        send(parent, "trapped")

    _, ref = spawn(between, pyvm.self(), monitor=True)
    assert await take("trapped") == "trapped"
    assert await down(ref) == "normal"


async def test_kill_by_a_link_kills_as_kill():
    """Promise kill by link: untrapped the process dies with `kill`, not `killed`."""

    async def between():
        spawn(fail_with, "kill", link=True)
        await receive("never")

    assert await end_of(between) == "kill"


async def test_kill_cannot_be_trapped():
    """Promise kill: untrappable, others see `killed`."""
    pid, ref = spawn(puppet, trap_exit=True, monitor=True)
    await order(pid, "yield_now")
    pyvm.exit(pid, "kill")
    assert await down(ref) == "killed"


async def test_killed_is_an_ordinary_reason():
    """Promise kill: `killed` itself can be sent and trapped."""
    pid = spawn(puppet, trap_exit=True)
    pyvm.exit(pid, "killed")
    assert await pyvm.ainfo(pid, "messages") == [("EXIT", pyvm.self(), "killed")]


async def test_catching_everything_does_not_survive_a_kill():
    """B11, U4."""

    async def stubborn(parent):
        send(parent, "up")
        while True:
            try:
                await receive("never")
            except Exception:
                send(parent, "survived")

    pid, ref = spawn(stubborn, pyvm.self(), monitor=True)
    await take("up")
    pyvm.exit(pid, "kill")
    assert await down(ref) == "killed"
    await silence(0.02)
    assert await pyvm.ainfo(pid) is None


async def test_killed_before_its_first_step():
    """B14: a process that never ran ends like any other."""
    for _ in range(200):
        pid, ref = spawn(idle, monitor=True)
        pyvm.exit(pid, "kill")
        assert await down(ref) == "killed"


async def test_spinner_is_killed_promptly():
    """T5."""

    async def spin():
        while True:
            await pyvm.yield_now()

    for _ in range(20):
        pid, ref = spawn(spin, monitor=True)
        await pyvm.yield_now()
        pyvm.exit(pid, "kill")
        assert await down(ref) == "killed"


async def test_suspended_process_is_killed():
    """B2: suspension stops the body, not signals."""
    pid, ref = spawn(idle, monitor=True)
    pyvm.suspend(pid)
    pyvm.exit(pid, "kill")
    assert await down(ref) == "killed"


async def test_process_in_a_sleep_is_killed():
    """T5."""

    async def sleeper():
        await pyvm.sleep(1000)

    pid, ref = spawn(sleeper, monitor=True)
    await pyvm.yield_now()
    pyvm.exit(pid, "kill")
    assert await down(ref) == "killed"


async def test_whole_tree_of_links_dies():
    """C3: 3 levels of 6."""

    async def branch(depth, tester):
        if depth:
            for _ in range(6):
                spawn(branch, depth - 1, tester, link=True)
        send(tester, pyvm.self())
        await receive("never")

    root = spawn(branch, 3, pyvm.self())
    pids = [await take(pyvm.Pid) for _ in range(1 + 6 + 36 + 216)]
    refs = [pyvm.monitor(pid) for pid in pids]
    pyvm.exit(root, "kill")
    reasons = [await down(ref) for ref in refs]
    assert reasons[pids.index(root)] == "killed"
    assert set(reasons) == {"killed"}


async def test_process_over_its_heap_limit_is_killed():
    """E24: others are not affected."""
    other = spawn(puppet)
    pid, ref = spawn(idle, max_heap=100_000, monitor=True)
    for _ in range(400):
        send(pid, "x" * 1000)
    assert await down(ref) == "killed"
    assert await order(other, "yield_now") in (True, None)
    await killed(other)


async def test_process_under_its_heap_limit_lives():
    """E24."""
    pid = spawn(puppet, max_heap=10_000_000)
    for number in range(100):
        send(pid, ("x" * 1000, number))
    assert await order(pid, "process_flag", "max_heap", 10_000_000) is not None
    assert await pyvm.ainfo(pid, "message_queue_len") == 100
    await killed(pid)


async def test_everything_held_is_let_go():
    """Promise kill: link, monitor, name, alias and timer of a killed process are gone."""
    for _ in range(50):
        pid = spawn(puppet, name="holder")
        peer = spawn(puppet, trap_exit=True)
        await order(pid, "link", peer)
        await order(pid, "monitor", peer)
        alias = await order(pid, "alias")
        timer = await order(pid, "send_after", patience() * 10, pid, "late")
        await killed(pid)
        assert pyvm.whereis("holder") is None
        assert await pyvm.ainfo(peer, "links") == []
        assert await pyvm.ainfo(peer, "monitored_by") == []
        send(alias, "nobody")
        assert pyvm.read_timer(timer) is False
        await killed(peer)
