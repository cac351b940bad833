# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""spawn_request: the reply is a message."""

import pytest
from process_kit import dead_pid, down, fail_with, idle, killed, silence, take

import pyvm
from pyvm import TIMEOUT, receive, spawn_request


async def test_default_reply():
    """E7."""
    ref = spawn_request(idle)
    reply = await take()
    assert reply == ("spawn_reply", ref, "ok", reply[3])
    assert pyvm.is_alive(reply[3])


@pytest.mark.parametrize("tag", ["T", ("tag", 1), 7, None])
async def test_reply_tag(tag):
    """E7."""
    ref = spawn_request(idle, reply_tag=tag)
    reply = await take()
    assert reply == (tag, ref, "ok", reply[3])


async def test_reply_comes_before_down_and_exit():
    """E7: 200 children that end at once."""
    pyvm.process_flag("trap_exit", True)
    for _ in range(200):
        ref = spawn_request(fail_with, "end", monitor=True, link=True)
        reply = await take()
        assert reply[:3] == ("spawn_reply", ref, "ok")
        rest = {await take(), await take()}
        assert rest == {("DOWN", ref, "process", reply[3], "end"), ("EXIT", reply[3], "end")}


@pytest.mark.parametrize(
    "options",
    [
        {"colour": "red"},
        {"priority": "urgent"},
        {"alias": "nonsense", "monitor": True},
        {"max_mailbox": -1},
    ],
)
async def test_bad_option_is_a_reply(options):
    """E6, E8."""
    ref = spawn_request(idle, reply_tag="T", **options)
    assert await take() == ("T", ref, "error", "badopt")
    await silence()


@pytest.mark.parametrize("reply", ["maybe", 1, None])
async def test_bad_reply_option(reply):
    """E8, E9: it says where answers go, so it is refused at the call."""
    with pytest.raises((ValueError, TypeError), match="reply"):
        spawn_request(idle, reply=reply)
    await silence()


async def test_wrong_arguments_are_refused_at_the_call():
    """E8."""
    with pytest.raises(TypeError):
        spawn_request(idle, 1, 2)
    with pytest.raises(TypeError):
        spawn_request("no function")
    with pytest.raises(TypeError):
        spawn_request()
    await silence()


@pytest.mark.parametrize(
    ("reply", "of_success", "of_error"),
    [
        ("yes", True, True),
        ("no", False, False),
        ("error_only", False, True),
        ("success_only", True, False),
    ],
)
async def test_reply_option(reply, of_success, of_error):
    """E9."""
    ref = spawn_request(idle, reply=reply)
    if of_success:
        await take(("spawn_reply", ref, "ok", ...))
    ref = spawn_request(idle, reply=reply, priority="urgent")
    if of_error:
        await take(("spawn_reply", ref, "error", "badopt"))
    await silence(0.02)


async def test_monitor_of_a_request_can_be_taken_back():
    """E10: after the reply it is a monitor like any other."""
    ref = spawn_request(idle, monitor=True)
    pid = (await take(("spawn_reply", ref, "ok", ...)))[3]
    assert pyvm.demonitor(ref, info=True) is True
    assert pyvm.demonitor(ref, info=True) is False
    await killed(pid)
    await silence()


async def test_demonitor_before_the_reply_is_ignored_or_works():
    """E10: here the reply may be there at once; the answer says which."""
    ref = spawn_request(idle, monitor=True)
    removed = pyvm.demonitor(ref, info=True)
    pid = (await take(("spawn_reply", ref, "ok", ...)))[3]
    await killed(pid)
    message = await receive(("DOWN", ref, ..., ..., ...), TIMEOUT, timeout=0)
    assert (message is TIMEOUT) == removed


async def test_child_that_fails_is_first_ok_then_down():
    """E11: the failure is the child's."""

    async def fails():
        raise NameError("not defined")

    ref = spawn_request(fails, monitor=True)
    assert (await take())[:3] == ("spawn_reply", ref, "ok")
    assert type(await down(ref)) is NameError


async def test_abandon_of_what_is_no_request():
    """E12."""
    assert pyvm.spawn_request_abandon(pyvm.make_ref()) is False
    ref = spawn_request(idle)
    await take(("spawn_reply", ref, "ok", ...))
    assert pyvm.spawn_request_abandon(ref) is False
    for item in (1, "ref", None):
        with pytest.raises(TypeError):
            pyvm.spawn_request_abandon(item)


async def test_abandoned_request_is_never_answered():
    """E12: if abandon says it came in time."""
    for _ in range(50):
        ref = spawn_request(idle, link=True)
        if pyvm.spawn_request_abandon(ref):
            await silence(0.01)
        else:
            pid = (await take(("spawn_reply", ref, "ok", ...)))[3]
            pyvm.unlink(pid)


async def test_request_without_monitor_makes_none():
    """E7."""
    ref = spawn_request(fail_with, "quiet")
    pid = (await take(("spawn_reply", ref, "ok", ...)))[3]
    await down(pyvm.monitor(pid))
    await silence()
    assert pid != await dead_pid()


async def test_requests_are_answered_each_with_its_ref():
    """E7: 500 at once."""
    refs = [spawn_request(idle) for _ in range(500)]
    replies = [await take() for _ in refs]
    assert {reply[1] for reply in replies} == set(refs)
    assert len({reply[3] for reply in replies}) == 500
