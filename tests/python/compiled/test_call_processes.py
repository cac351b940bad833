# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What processes call: other modules, the library, functions with stars; also when they are spawned."""

import functools
import itertools
import operator

import call_helpers
import pytest
from call_helpers import keyed, total
from process_kit import patience

import pyvm
from pyvm import receive, send, spawn


@pyvm.process
def gather(who, *rest, **names):
    send(who, (rest, names))


@pyvm.process
def spawn_with_stars(who, many, **options):
    spawn(gather, *[who, *many], **options)
    spawn(gather, who)
    pid, _ = spawn(call_helpers.send_all, who, *many, monitor=True)
    match receive():
        case ("DOWN", _, "process", down, reason) if down == pid:
            send(who, reason)


async def test_arguments_that_are_left_are_bound_when_it_is_spawned():
    spawn(gather, pyvm.self(), 1, [2])
    assert await receive(tuple, timeout=patience()) == ((1, [2]), {})
    spawn(spawn_with_stars, pyvm.self(), [3, 4])
    got = [await receive(timeout=patience()) for _ in range(4)]
    assert sorted(map(repr, got)) == ["'normal'", "('sent', (3, 4))", "((), {})", "((3, 4), {})"]
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'who'"):
        spawn(gather)


def no_key(x):
    return {}[x]


@pyvm.process
def crash_in_library():
    sorted([1, 2], key=no_key)


@pyvm.process
def crash_elsewhere():
    total(keyed([1, "a"]))


async def test_tracebacks_name_the_file_of_each_function():
    _, ref = spawn(crash_in_library, monitor=True)
    reason = (await receive(("DOWN", ref, ..., ..., ...), timeout=patience()))[4]
    shown = "".join(reason.__notes__)
    places = [
        shown.index(text) for text in ("crash_in_library", "of_builtins.py", "in sorted", "in no_key")
    ]
    assert places == sorted(places)
    assert shown.count("test_call_processes.py") == 2
    _, ref = spawn(crash_elsewhere, monitor=True)
    reason = (await receive(("DOWN", ref, ..., ..., ...), timeout=patience()))[4]
    assert isinstance(reason, TypeError)
    assert "call_helpers.py" in "".join(reason.__notes__)


@pyvm.process
def count_down(who, n, *rest, **names):
    if n == 0:
        send(who, (rest, names))
        return None
    return count_down(*[who, n - 1], *rest, **names)


@pyvm.process
def fold_down(who, n):
    step = functools.partial(operator.add, 1)
    while n > 0:
        n -= step(0)
    send(who, n)


async def test_tail_calls_with_stars_take_no_memory():
    spawn(count_down, pyvm.self(), 100_000, 1, [2], max_heap=100_000)
    assert await receive(tuple, timeout=patience()) == ((1, [2]), {})
    spawn(fold_down, pyvm.self(), 50_000, max_heap=100_000)
    assert await receive(int, timeout=patience()) == 0


@pyvm.process
def call_back_much(who, n):
    words = [str(i * 7919 % n) * 3 for i in range(n)]
    words.sort(key=lambda word: (len(word), word[::-1]))
    again = sorted(words, key=functools.partial(keep, n, by=[1]), reverse=True)
    longest = max(map(str.upper, words), key=len)
    groups = {k: len(list(g)) for k, g in itertools.groupby(words, key=len)}
    pairs = functools.reduce(lambda a, b: (a[0] + 1, b), words, (0, ""))
    send(who, (words[:3], again[:3], longest, groups, pairs))


def keep(n, word, *, by):
    return [word[-by[0] :], word, [n] * 3][:2]


async def test_what_calls_back_lives_through_collections():
    n = 1000
    spawn(call_back_much, pyvm.self(), n)
    words = [str(i * 7919 % n) * 3 for i in range(n)]
    words.sort(key=lambda word: (len(word), word[::-1]))
    again = sorted(words, key=lambda word: [word[-1:], word], reverse=True)
    groups = {k: len(list(g)) for k, g in itertools.groupby(words, key=len)}
    wanted = (words[:3], again[:3], max(words, key=len), groups, (n, words[-1]))
    assert await receive(tuple, timeout=patience()) == wanted


@pyvm.process
def receive_in_a_key(who):
    def rank(_):
        match receive():
            case ("rank", number):
                return number

    send(who, sorted("abc", key=rank))


async def test_a_key_function_may_receive():
    pid = spawn(receive_in_a_key, pyvm.self())
    for number in (2, 3, 1):
        send(pid, ("rank", number))
    assert await receive(list, timeout=patience()) == ["c", "a", "b"]


def in_python(*many):
    return [*many, len(many)]


@pyvm.process
def ask_python(who, many):
    send(who, pyvm.python(in_python, *many))
    send(who, pyvm.python(in_python, many))


async def test_python_is_asked_with_stars():
    spawn(ask_python, pyvm.self(), [1, 2])
    assert await receive(list, timeout=patience()) == [1, 2, 2]
    assert await receive(list, timeout=patience()) == [[1, 2], 1]


def stop(_):
    return None


def go_on(n):
    return n + 1


STEPS = {"stop": stop, "on": go_on, "all": [stop, go_on]}


@pyvm.process
def step_on(n):
    match receive():
        case ("step", word):
            return step_on(STEPS[word](n))
        case ("add",):
            STEPS["all"].append(1)
        case ("get", who):
            try:
                send(who, STEPS)
            except TypeError as error:
                send(who, (n, str(error)))
    return None


async def test_a_table_of_functions_is_a_constant():
    pid = spawn(step_on, 1)
    for _ in range(3):
        send(pid, ("step", "on"))
    text = "message['stop']: the function stop belongs to its process, and cannot be sent"
    assert await pid.acall("get", timeout=patience()) == (4, text)
    pid, ref = spawn(step_on, 1, monitor=True)
    send(pid, ("add",))
    reason = (await receive(("DOWN", ref, ..., ..., ...), timeout=patience()))[4]
    assert "a constant of the module cannot be changed" in str(reason)
