# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What of a function must stay as it was, wherever it stands and whatever decorates it."""

import functools
import inspect
import json
import pickle
import types

import fake_vm
import pytest
from fake_vm import Selection, process, receive, run

from pyvm.compiler import is_process_body, rewrite

INBOX = [("skip",), ("add", 2)]


def original(function):
    """The function before `@process`, from a decorator below it."""
    function.before = function
    return function


def tagged(value):
    def decorate(function):
        function.tag = value
        return function

    return decorate


def logged(function):
    @functools.wraps(function)
    async def wrapper(*arguments):
        return ("logged", await function(*arguments))

    return wrapper


def logged_in_an_object(function):
    class Wrapper:
        inner = function

    holder = Wrapper()

    @functools.wraps(function)
    async def wrapper(*arguments):
        return await type(holder).inner(*arguments)

    return wrapper


@process
async def at_module_level(state: int = 1, *, scale: "int" = 10) -> int:
    """Adds."""
    match await receive():
        case ("add", k) if k > state:
            return k * scale


class Counter:
    """Methods of every kind."""

    base = 100

    @process
    async def method(self):
        match await receive():
            case ("add", k):
                return self.base + k, __class__

    @staticmethod
    @process
    async def static(x):
        match await receive():
            case ("add", k):
                return x + k

    @process
    @staticmethod
    async def static_below(x):
        match await receive():
            case ("add", k):
                return x + k

    @classmethod
    @process
    async def of_class(cls):
        match await receive():
            case ("add", k):
                return cls.base + k

    @process
    @classmethod
    async def of_class_below(cls):
        match await receive():
            case ("add", k):
                return cls.base + k

    @process
    async def private(self):
        self.__seen = 2
        match await receive():
            case ("add", self.__seen as __k):
                return __k, sorted(vars(self))

    def make(self):
        @process
        async def inner():
            self.__inner = 1
            match await receive():
                case ("add", k):
                    return super(__class__, self), k, __class__, vars(self)

        return inner


class Derived(Counter):
    @process
    async def method(self):
        match await receive():
            case ("skip",):
                return await super().method()


def test_a_function_keeps_what_it_was():
    function = at_module_level
    assert function.__name__ == function.__qualname__ == "at_module_level"
    assert function.__doc__ == "Adds."
    assert function.__defaults__ == (1,)
    assert function.__kwdefaults__ == {"scale": 10}
    assert function.__annotations__ == {"state": int, "scale": "int", "return": int}
    assert function.__module__ == __name__
    assert function.__globals__ is globals()
    assert str(inspect.signature(function)) == "(state: int = 1, *, scale: 'int' = 10) -> int"
    assert inspect.iscoroutinefunction(function)
    assert inspect.getsource(function).startswith("@process\nasync def at_module_level")
    code = function.__code__
    assert code.co_filename == __file__
    assert code.co_name == code.co_qualname == "at_module_level"
    assert code.co_firstlineno == inspect.getsourcelines(function)[1]
    assert pickle.loads(pickle.dumps(function)) is function
    assert run(function(), INBOX)[0] == 20


def test_decorators_below_see_the_old_function_and_their_marks_stay():
    @tagged("above")
    @process
    @tagged("below")
    @original
    async def body():
        match await receive():
            case ("add", k):
                return k

    assert body.tag == "above"
    assert body.before is not body
    assert not is_process_body(body.before.__code__)
    assert run(body(), INBOX)[0] == 2


def test_a_wrapper_below_is_kept_and_calls_the_rewritten_function():
    @process
    @logged
    @logged
    async def body(x):
        match await receive():
            case ("add", k):
                return x + k

    assert run(body(1), INBOX)[0] == ("logged", ("logged", 3))
    assert body.__name__ == "body"
    assert is_process_body(body.__wrapped__.__wrapped__.__code__)


def test_a_wrapper_that_hides_the_function_is_refused():
    with pytest.raises(SyntaxError, match=r"put @pyvm\.process next to the function"):

        @process
        @logged_in_an_object
        async def body():
            match await receive():
                case ("add", k):
                    return k


def test_an_unrelated_wrapped_attribute_is_left_alone():
    @process
    @functools.wraps(at_module_level)
    async def body():
        match await receive():
            case ("add", k):
                return k

    assert body.__wrapped__ is at_module_level
    assert run(body(), INBOX)[0] == 2


def test_partial_functions_and_bound_methods():
    @original
    async def body(x, y):
        match await receive():
            case ("add", k):
                return x, y, k

    assert run(process(functools.partial(body, 1, y=5))(), INBOX)[0] == (1, 5, 2)
    assert run(process(types.MethodType(body, "me"))(0), INBOX)[0] == ("me", 0, 2)


def test_what_is_no_coroutine_function_comes_back():
    def plain():
        return receive

    for thing in (plain, len, print, Counter, None, 5):
        assert process(thing) is thing


def test_rewriting_twice_is_rewriting_once():
    assert process(at_module_level) is at_module_level


def test_methods():
    assert run(Counter().method(), INBOX)[0] == (102, Counter)
    assert run(Derived().method(), INBOX)[0] == (102, Counter)
    assert run(Counter.static(1), INBOX)[0] == 3
    assert run(Counter().static_below(1), INBOX)[0] == 3
    assert run(Derived.of_class(), INBOX)[0] == 102
    assert run(Derived.of_class_below(), INBOX)[0] == 102
    assert Counter.method.__qualname__ == Counter.method.__code__.co_qualname == "Counter.method"


def test_private_names_are_mangled():
    value, _ = run(Counter().private(), INBOX)
    assert value == (2, ["_Counter__seen"])
    counter = Counter()
    function = counter.make()
    assert run(function(), INBOX)[0][1:] == (2, Counter, {"_Counter__inner": 1})
    assert function.__code__.co_qualname == "Counter.make.<locals>.inner"


def test_the_selection_is_made_once_for_each_match_and_function():
    made = []

    def make_selection(ir, meta):
        made.append((ir, [tuple(case) for case in meta]))
        return Selection(ir, meta)

    async def body():
        match await receive():
            case ("a", x) if x:
                return 1
            case Counter() | 5:
                return 2
        match await receive(timeout=1):
            case {"k": [1, *rest]}:
                return rest

    line = body.__code__.co_firstlineno
    rewritten = rewrite(
        body, make_selection=make_selection, receive=receive, timeout=fake_vm.TIMEOUT
    )
    assert json.loads(json.dumps(made)) == [
        [
            [["seq", [["=", "a"], ["bind", 0, ["_"]]], None, []], ["python", 0]],
            [[True, 1, line + 2], [True, 1, line + 4]],
        ],
        [
            [["map", [["k", ["seq", [["=", 1]], 0, []]]], None]],
            [[False, 1, line + 7]],
        ],
    ]
    assert [name for name in rewritten.__code__.co_freevars if name[0] == "."] == [
        ".receive0",
        ".receive1",
    ]
