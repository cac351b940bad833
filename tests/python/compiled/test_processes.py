# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Compiled bodies are processes like all others: spawned, linked, killed, bounded, heard of."""

import dataclasses

import pytest
from process_kit import patience, until

import pyvm
from pyvm import TIMEOUT, receive, register, send, send_after, spawn, whereis

TABLE = {"big": 10**30, "text": ["äöüäöü"]}


class NotFound(KeyError):
    pass


@pyvm.process
def counter(n):
    match receive():
        case ("add", k) if k > 0:
            return counter(n + k)
        case ("get", who):
            send(who, n)
            return counter(n)
        case "stop":
            return n


@pyvm.process
def keeper():
    kept = []
    while True:
        match receive():
            case ("put", x):
                kept.append(x)
            case ("get", who):
                send(who, kept)


@pyvm.process
def loop_for_ever():
    while True:
        pass


@pyvm.process
def worker(who, n):
    send(who, ("done", pyvm.self(), sum(range(n))))


@pyvm.process
def parent(who):
    pids = {spawn(worker, pyvm.self(), i * 1000, monitor=True)[0]: i for i in range(5)}
    results = {}
    downs = 0
    while len(results) < 5 or downs < 5:
        match receive(timeout=30):
            case ("done", pid, total):
                results[pids[pid]] = total
            case ("DOWN", _, "process", _, "normal"):
                downs += 1
    send(who, [results[i] for i in range(5)])


def look_up(table, key):
    return table[key]


@pyvm.process
def crash():
    look_up({"a": 1}, "b")


@pyvm.process
def trap(who):
    pyvm.process_flag("trap_exit", True)
    spawn(crash, link=True)
    match receive():
        case ("EXIT", _, reason):
            send(who, ("trapped", isinstance(reason, KeyError), reason.args))


@pyvm.process
def fill(n):
    filled = []
    while True:
        filled.append([n, n])


@pyvm.process
def waste(who):
    n = 0
    for i in range(100_000):
        n += len([i, i, i, i])
    send(who, n)


@pyvm.process
def go_deep(who, depth):
    def down(k):
        return 0 if k == 0 else 1 + down(k - 1)

    try:
        send(who, down(depth))
    except RecursionError as error:
        send(who, str(error))


def take_one():
    receive()
    return True


def take_nothing():
    return 1


@pyvm.process
def guard_that_receives(who):
    try:
        match receive():
            case ("x", _) if take_one():
                send(who, "taken")
    except RuntimeError:
        send(who, "refused")
    match receive(timeout=5):
        case ("x", value):
            send(who, value)


@pyvm.process
def guard_that_raises(who):
    try:
        match receive(timeout=0):
            case pyvm.TIMEOUT if 1 // 0:
                pass
    except ZeroDivisionError:
        pass
    match receive(timeout=30):
        case "next":
            send(who, "got it")


@pyvm.process
def delete_and_iterate(who):
    keys = [f"session-{i:04}" for i in range(32)]
    table = dict([(key, 1) for key in keys])  # noqa: C404
    for key in keys[:6]:
        del table[key]
    seen = 0
    for key in table:
        wasted = [key] * 2000
        seen += len(wasted) // 2000
    send(who, (seen, len(table), all(table[key] == 1 for key in keys[6:])))


@pyvm.process
def unsendable(who):
    looped = [1]
    looped.append(looped)
    for message in (lambda: 1, (1, [range(3)]), {"k": looped}):
        try:
            send(who, message)
        except TypeError as error:
            send(who, str(error))


@pyvm.process
def classes(who):
    try:
        raise NotFound("k")
    except KeyError as error:
        send(who, (error.args, TABLE["big"], len(TABLE["text"][0])))


@pyvm.process
def named(who):
    register("compiled-db")
    send_after(0.001, "compiled-db", ("to", who))
    match receive(timeout=30):
        case ("to", other):
            send(other, whereis("compiled-db") == pyvm.self())


@pyvm.process
def echo_oldest():
    while True:
        message = receive()
        send(message[0], message)


async def test_a_tail_call_keeps_the_state_and_a_guard_leaves_what_it_refuses():
    pid = spawn(counter, 0)
    for k in (1, -5, 2, 3):
        send(pid, ("add", k))
    assert await pid.acall("get", timeout=patience()) == 6
    assert await pyvm.ainfo(pid, "message_queue_len") == 1


async def test_parts_of_messages_live_as_long_as_they_are_reached():
    pid = spawn(keeper)
    sent = [(i, "x" * (i % 100), [i], b"y" * 100) for i in range(2000)]
    for one in sent:
        send(pid, ("put", one))
    assert await pid.acall("get", timeout=patience()) == sent


async def test_an_endless_loop_holds_up_nobody_and_can_be_killed():
    loops = [spawn(loop_for_ever, monitor=True) for _ in range(4)]
    pid = spawn(counter, 1)
    assert await pid.acall("get", timeout=patience()) == 1
    for one, ref in loops:
        pyvm.exit(one, "kill")
        assert await receive(("DOWN", ref, ..., ..., ...), timeout=patience()) == (
            "DOWN",
            ref,
            "process",
            one,
            "killed",
        )


async def test_a_compiled_process_spawns_and_monitors():
    spawn(parent, pyvm.self())
    assert await receive(list, timeout=patience()) == [sum(range(i * 1000)) for i in range(5)]


async def test_an_exception_is_the_reason_with_its_traceback(caplog):
    _, ref = spawn(crash, monitor=True)
    reason = (await receive(("DOWN", ref, ..., ..., ...), timeout=patience()))[4]
    assert isinstance(reason, KeyError)
    assert reason.args == ("b",)
    shown = "".join(getattr(reason, "__notes__", []))
    assert "look_up" in shown
    assert "crash" in shown


async def test_links_and_trap_exit():
    spawn(trap, pyvm.self())
    assert await receive(tuple, timeout=patience()) == ("trapped", True, ("b",))


async def test_a_process_that_outgrows_max_heap_dies_alone():
    _, ref = spawn(fill, 1, monitor=True, max_heap=1_000_000)
    assert (await receive(("DOWN", ref, ..., ..., ...), timeout=patience()))[4] == "killed"
    _, ref = spawn(go_deep, pyvm.self(), 10_000_000, monitor=True, max_heap=1_000_000)
    assert (await receive(("DOWN", ref, ..., ..., ...), timeout=patience()))[4] == "killed"


async def test_garbage_is_not_charged_for():
    spawn(waste, pyvm.self(), max_heap=100_000)
    assert await receive(int, timeout=patience()) == 400_000


async def test_recursion_is_bounded_by_memory():
    spawn(go_deep, pyvm.self(), 20_000)
    assert await receive(int, timeout=patience()) == 20_000


async def test_a_guard_may_not_receive_and_may_raise():
    pid = spawn(guard_that_receives, pyvm.self())
    send(pid, ("x", 1))
    assert await receive(str, timeout=patience()) == "refused"
    assert await receive(int, timeout=patience()) == 1
    pid = spawn(guard_that_raises, pyvm.self())
    send(pid, "next")
    assert await receive(str, timeout=patience()) == "got it"


async def test_a_dict_keeps_its_entries_over_collections():
    spawn(delete_and_iterate, pyvm.self())
    assert await receive(tuple, timeout=patience()) == (26, 26, True)


async def test_what_cannot_be_sent_is_refused_by_its_place():
    spawn(unsendable, pyvm.self())
    assert "message: " in await receive(str, timeout=patience())
    assert "message[1][0]: a range" in await receive(str, timeout=patience())
    assert "message['k'][1]: it contains itself" in await receive(str, timeout=patience())


async def test_own_exceptions_and_constants():
    spawn(classes, pyvm.self())
    assert await receive(tuple, timeout=patience()) == (("k",), 10**30, 6)


async def test_names_and_timers():
    spawn(named, pyvm.self())
    assert await receive(bool, timeout=patience()) is True


async def test_messages_in_order():
    pid = spawn(echo_oldest)
    for i in range(100):
        send(pid, (pyvm.self(), i))
    for i in range(100):
        assert (await receive(tuple, timeout=patience()))[1] == i


async def test_arguments_are_checked_when_it_is_spawned():
    with pytest.raises(TypeError, match=r"counter\(\) missing 1 required positional argument: 'n'"):
        spawn(counter)
    with pytest.raises(TypeError, match="is not a process: it must be"):
        spawn(take_nothing)


async def test_receive_times_out():
    assert await receive(timeout=0) is TIMEOUT
    _, ref = spawn(late, monitor=True)
    reason = (await receive(("DOWN", ref, ..., ..., ...), timeout=patience()))[4]
    assert isinstance(reason, pyvm.ReceiveTimeout)


@pyvm.process
def late():
    match receive(timeout=0.01):
        case "never":
            pass


@pyvm.process
def doubled(value):
    return value + value


@pyvm.process
def runs_into(reason):
    if reason == "error":
        raise KeyError("why")
    pyvm.exit(reason)


@pyvm.process
def gives_a_function():
    return lambda: 1


class TestRun:
    """pyvm.run of a compiled body."""

    def test_gives_what_it_returns(self):
        assert pyvm.run(doubled, [1, "a"]) == [1, "a", 1, "a"]
        assert pyvm.run(doubled, 2**70) == 2**71

    def test_raises_what_it_raises(self):
        with pytest.raises(KeyError, match="why"):
            pyvm.run(runs_into, "error")

    def test_a_reason_that_is_no_exception_is_process_down(self):
        with pytest.raises(pyvm.ProcessDown, match="tired"):
            pyvm.run(runs_into, "tired")

    def test_what_cannot_be_sent_cannot_be_returned(self):
        with pytest.raises(TypeError, match=r"result: the function .* belongs to its process"):
            pyvm.run(gives_a_function)

    def test_wrong_arguments_are_told(self):
        with pytest.raises(TypeError, match="doubled"):
            pyvm.run(doubled)


def reads_a_file(path):
    with open(path) as file:  # no compiled function could
        return file.read()


@pyvm.process
def asks_python(path):
    return pyvm.python(reads_a_file, path)


def test_what_python_is_to_call_is_not_compiled(tmp_path):
    path = tmp_path / "text"
    path.write_text("hello")
    assert pyvm.run(asks_python, str(path)) == "hello"


@pyvm.process
def raises_in_a_method(text):
    Checked(text)


@dataclasses.dataclass(frozen=True)
class Checked:
    text: str

    def __post_init__(self):
        self.check()

    def check(self):
        try:
            raise LookupError(self.text)
        except LookupError as error:
            raise ValueError("wrapped") from error


async def test_a_crash_report_shows_the_lines_and_the_cause(caplog):
    """As CPython prints it: the cause first; what the compiler made has no frame."""
    _, ref = pyvm.spawn(raises_in_a_method, "no", monitor=True)
    reason = (await pyvm.receive(("DOWN", ref, ..., ..., ...)))[4]
    assert type(reason) is ValueError
    assert type(reason.__cause__) is LookupError
    await until(lambda: "pyvm.crash" in [record.name for record in caplog.records])
    text = next(record.getMessage() for record in caplog.records if record.name == "pyvm.crash")
    lines = [line.strip() for line in text.splitlines()]
    order = [
        "raise LookupError(self.text)",
        "LookupError: no",
        "The above exception was the direct cause of the following exception:",
        "Checked(text)",
        "self.check()",
        'raise ValueError("wrapped") from error',
        "ValueError: wrapped",
    ]
    places = [lines.index(words) for words in order]
    assert places == sorted(places)
    assert sum("in Checked.check" in line for line in lines) == 2
    assert "pyvm library" not in text


@pyvm.process
def takes_by_number(who):
    found = []
    for i in (1, 2, 3):
        match receive():
            case ("x", k, text) if k == i:
                found.append((type(k).__name__, text))
    send(who, found)


def test_a_number_is_looked_for_as_python_compares_it():
    async def main():
        pid = spawn(takes_by_number, pyvm.self())
        for message in (("x", 4, "no"), ("x", 2.0, "b"), ["x", 3, "c"], ("x", True, "a"), "x", ("x",)):
            send(pid, message)
        return await receive(timeout=patience())

    assert pyvm.run(main) == [("bool", "a"), ("float", "b"), ("int", "c")]
