# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What goes into a message comes out equal: same types, same order, same sharing."""

import copy
import dataclasses
import enum
import importlib
import math
import pickle
import subprocess
import sys
import threading
import types

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyvm import _terms
from pyvm._terms import TIMEOUT, Alias, Atom, ForeignException, Function, Pid, opaque, roundtrip


@dataclasses.dataclass(frozen=True)
class Point:
    x: int
    y: object = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Slotted:
    name: str
    tags: list = dataclasses.field(default_factory=list)
    size: int = dataclasses.field(init=False, default=7)


@dataclasses.dataclass(frozen=True)
class Checked:
    value: int

    def __post_init__(self):
        raise AssertionError("built again through __init__")


class Colour(enum.Enum):
    RED = 1
    ROUGE = 1  # noqa: PIE796 - an alias
    BLUE = "b"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Access(enum.Flag):
    READ = 1
    WRITE = 2


class Refused(Exception):
    def __init__(self, code, detail):
        super().__init__(code, detail)
        self.code = code


class TakesTwoKeepsOne(Exception):
    def __init__(self, a, b):
        super().__init__(f"{a} and {b}")


def module_function():
    return 1


EDGES = [0, 1, -1]
EDGES += [
    sign * 2**n + d
    for n in (29, 30, 31, 60, 61, 62, 63, 64, 128)
    for sign in (1, -1)
    for d in (-1, 0, 1)
]
EDGES += [10**400, -(10**400), 1 << 10_000]


def same(left, right):
    """Equal and of the same types all the way down, with -0.0 and NaN told apart."""
    if type(left) is not type(right):
        return False
    if isinstance(left, float):
        return math.copysign(1, left) == math.copysign(1, right) and (left == right or left != left)
    if isinstance(left, (tuple, list)):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return same(list(left.items()), list(right.items()))
    return left == right


def hashables(text):
    scalars = (
        st.none()
        | st.booleans()
        | st.integers()
        | st.integers(min_value=-(2**70), max_value=2**70)
        | st.floats(allow_nan=False)
        | text
        | st.binary(max_size=200)
    )
    return st.recursive(
        scalars, lambda inner: st.tuples(inner, inner) | st.frozensets(inner), max_leaves=5
    )


def messages(keys):
    return st.recursive(
        keys,
        lambda inner: (
            st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(keys, inner) | st.sets(keys)
        ),
        max_leaves=30,
    )


HASHABLE = hashables(st.text(st.characters(exclude_categories=["Cs"])))
MESSAGES = messages(HASHABLE)


@given(MESSAGES)
def test_any_message_comes_back_the_same(message):
    assert same(roundtrip(message), message)


@pytest.mark.parametrize("number", EDGES)
def test_integers_of_any_size_are_exact(number):
    assert same(roundtrip(number), number)


@pytest.mark.parametrize(
    "number",
    [0.0, -0.0, 1.5, math.inf, -math.inf, math.nan, 5e-324, 2.0**-255, -(2.0**-255), 1e300],
)
def test_floats_keep_every_bit(number):
    assert same(roundtrip(number), number)


@pytest.mark.parametrize("constant", [None, True, False, TIMEOUT])
def test_constants_come_back_as_the_one_object(constant):
    assert roundtrip(constant) is constant


@pytest.mark.parametrize(
    "text",
    ["", "a", "1234567", "12345678", "é", "ééé", "éééé", "日本" * 500, "\0", "x" * 10_000, "🐍"],
)
def test_text_of_any_length_and_script_comes_back(text):
    assert same(roundtrip([text, text]), [text, text])


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 100_000])
def test_bytes_of_any_size_come_back(size):
    data = bytes(i % 251 for i in range(size))
    assert same(roundtrip(data), data)


def test_dicts_keep_the_order_of_insertion():
    keys = [f"key-{i * 7919 % 100}" for i in range(100)]
    assert list(roundtrip(dict.fromkeys(keys))) == keys


def test_keys_may_be_any_hashable_term():
    message = {(1, ("a",)): 1, frozenset({2}): 2, Point(1): 3, Colour.RED: 4, None: 5}
    message[_terms.make_pid(3)] = 6
    assert roundtrip(message) == message


def test_frozen_dataclasses_come_back_as_their_class():
    message = (Point(1, [Point(2)]), Slotted("n", ["t"]))
    back = roundtrip(message)
    assert back == message
    assert type(back[0]) is Point
    assert back[1].size == 7


def test_dataclasses_are_rebuilt_without_their_init():
    value = object.__new__(Checked)
    object.__setattr__(value, "value", 5)
    assert roundtrip(value).value == 5


def test_a_record_becomes_what_its_name_means_now(monkeypatch):
    module = types.ModuleType("versioned")
    monkeypatch.setitem(sys.modules, "versioned", module)
    source = "import dataclasses\n@dataclasses.dataclass(frozen=True)\nclass Box:\n    a: int\n"
    exec(source, module.__dict__)
    old = module.Box(1)
    assert type(roundtrip(old)) is module.Box
    exec(source + "    b: int = 5\n", module.__dict__)
    back = roundtrip(old)
    assert type(back) is module.Box
    assert (back.a, back.b) == (1, 5)


@pytest.mark.parametrize(
    "member", [*Colour, *Level, *Access, Access.READ | Access.WRITE, Access(0)]
)
def test_enum_members_come_back_as_themselves(member):
    assert roundtrip([member, member]) == [member, member]
    assert roundtrip(member) is member


@pytest.mark.parametrize(
    "text",
    [
        "import enum\nclass Kind(enum.Enum):\n    A = {}\nvalue = Kind.A",
        "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass Kind:\n    a: int\nvalue = Kind({})",
    ],
)
def test_a_name_means_what_it_does_in_the_module_that_took_the_place_of_another(monkeypatch, text):
    for number in range(3):
        module = types.ModuleType("replaced")
        monkeypatch.setitem(sys.modules, "replaced", module)
        for _ in range(2):
            exec(text.format(number), module.__dict__)
            assert type(roundtrip([module.value])[0]) is module.Kind
            assert roundtrip(module.value) == module.value


def test_an_int_enum_stays_a_member_and_equals_no_int_as_a_term():
    assert type(roundtrip((Level.LOW,))[0]) is Level


@pytest.mark.parametrize(
    "function", [module_function, len, math.sqrt, Point, Point.__init__, importlib.import_module]
)
def test_functions_and_classes_come_back_by_name(function):
    assert roundtrip((function,))[0] is function


def test_a_function_that_is_not_here_can_be_sent_on(monkeypatch):
    module = types.ModuleType("elsewhere")
    exec("def f(): pass", module.__dict__)
    monkeypatch.setitem(sys.modules, "elsewhere", module)
    term_of_it = Function("elsewhere", "g")
    assert roundtrip(term_of_it) == term_of_it
    assert roundtrip(Function("elsewhere", "f")) is module.f
    with pytest.raises(ImportError, match=r"elsewhere\.g"):
        roundtrip(term_of_it)()


def test_the_same_list_twice_stays_one_list():
    shared = [1]
    a, b, c = roundtrip((shared, {"k": shared}, [shared]))
    assert a is b["k"] is c[0]


def test_a_graph_of_sixty_levels_stays_small():
    graph = ["leaf"]
    for _ in range(60):
        graph = (graph, graph)
    assert _terms.size_words(graph) < 250
    back = roundtrip(graph)
    for _ in range(60):
        assert back[0] is back[1]
        back = back[0]


def test_many_shared_containers_stay_shared():
    lists = [[i] for i in range(1000)]
    back = roundtrip((lists, list(reversed(lists))))
    assert all(a is b for a, b in zip(back[0], reversed(back[1]), strict=True))


@pytest.mark.parametrize(
    "wrap", [lambda x: (x,), lambda x: [x], lambda x: {"k": x}, lambda x: Point(x)]
)
def test_depth_is_bounded_by_memory_only(wrap):
    deep, unwrap = "bottom", wrap(None)
    for _ in range(60_000):
        deep = wrap(deep)
    back = roundtrip(deep)
    for _ in range(60_000):
        assert type(back) is type(unwrap)
        back = back.x if type(back) is Point else back["k"] if type(back) is dict else back[0]
    assert back == "bottom"


def test_a_dict_that_changes_while_it_is_sent_does_no_harm():
    class Mean(Exception):
        def __str__(self):
            victim.clear()
            return "mean"

    victim = {i: [i] for i in range(50)}
    victim[0] = Mean()
    with pytest.raises(RuntimeError, match="changed its size"):
        roundtrip(victim)


# Atoms and addresses


def test_atoms_of_one_text_are_one_object():
    assert Atom("ok") is Atom("ok")
    assert roundtrip(Atom("ok")) is Atom("ok")
    assert Atom("ok") != "ok"
    assert repr(Atom("it's")) == 'Atom("it\'s")'
    assert pickle.loads(pickle.dumps(Atom("ok"))) is Atom("ok")
    assert copy.deepcopy(Atom("ok")) is Atom("ok")


@pytest.mark.parametrize(
    ("text", "error"), [("x" * 256, ValueError), (5, TypeError), (b"ok", TypeError)]
)
def test_atoms_that_cannot_be_are_refused(text, error):
    with pytest.raises(error):
        Atom(text)


def test_timeout_is_one_object_even_when_pickled():
    assert type(TIMEOUT)() is TIMEOUT
    assert pickle.loads(pickle.dumps(TIMEOUT)) is TIMEOUT
    assert copy.copy(TIMEOUT) is TIMEOUT
    assert repr(TIMEOUT) == "TIMEOUT"


def test_pids_are_equal_ordered_and_hashable_by_value():
    low, high = _terms.make_pid(9, 1), _terms.make_pid(2, 5)
    assert repr(low) == "<0.9.1>"
    assert (low.index, low.serial) == (9, 1)
    assert roundtrip(low) == low == _terms.make_pid(9, 1)
    assert low < high
    assert sorted([high, low]) == [low, high]
    assert len({low, high, _terms.make_pid(9, 1)}) == 2
    assert low != 9
    assert isinstance(low, Pid)
    with pytest.raises(TypeError):
        low < 9  # noqa: B015
    with pytest.raises(TypeError, match="cannot be made"):
        Pid()


def test_references_are_equal_by_number_and_aliases_are_references():
    maker = _terms.make_pid(4, 0)
    ref, alias = _terms.make_ref(17, maker), _terms.make_ref(18, maker, True)
    assert repr(ref) == "#Ref<0.4.17>" == _terms.print_term(ref)
    back = roundtrip([ref, alias])
    assert back == [ref, alias]
    assert [type(r).__name__ for r in back] == ["Ref", "Alias"]
    assert isinstance(alias, Alias)
    assert ref < alias
    assert len({ref, back[0]}) == 1


@pytest.mark.parametrize(
    "make", [lambda: _terms.make_pid(4, 2), lambda: _terms.make_ref(5, _terms.make_pid(4, 2))]
)
def test_addresses_unpickle_in_their_own_os_process_only(make):
    pickled = pickle.dumps(make())
    assert pickle.loads(pickled) == make()
    program = "import pickle, sys; pickle.loads(sys.stdin.buffer.read())"
    path = [p for p in sys.path if p]
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {path!r}; {program}"],
        input=pickled,
        capture_output=True,
    )
    assert run.returncode != 0
    assert b"was pickled in another OS process" in run.stderr


def test_call_and_acall_go_to_what_was_installed():
    pid = _terms.make_pid(1, 1)
    _terms.install(call=lambda *args: ("call", *args), acall=lambda *args: ("acall", *args))
    assert pid.call("get") == ("call", pid, "get", 5.0)
    assert pid.acall("get", timeout=1) == ("acall", pid, "get", 1)


# Opaque handles


def test_an_opaque_object_arrives_as_itself_and_is_dropped_when_drained():
    class Thing:
        pass

    gone = threading.Event()
    thing = Thing()
    weak = __import__("weakref").ref(thing, lambda _: gone.set())
    back = roundtrip({"handle": opaque(thing)})["handle"]
    assert back.value is thing
    _terms.drain_releases()
    _terms.release_on_thread_without_gil([back, back, (back,)])
    del thing, back
    assert weak() is not None
    assert _terms.drain_releases() == 1 + 2
    assert gone.is_set()
    assert _terms.drain_releases() == 0


@pytest.mark.parametrize("size", [0, 1, 64, 65, 1024, 1 << 20])
def test_bytes_arrive_equal_and_long_ones_are_not_copied(size):
    sent = bytes(range(256)) * (size // 256 + 1)
    sent = sent[:size]
    first, second = roundtrip([sent, sent])
    assert first == second == sent
    assert (first is sent and second is sent) == (size > 64 or size < 2)


def test_bytes_released_elsewhere_are_given_back_when_others_are_shared():
    sent = bytes(1000)
    before = sys.getrefcount(sent)
    _terms.release_on_thread_without_gil([sent])
    assert sys.getrefcount(sent) == before + 1
    roundtrip(bytes(2000))
    assert sys.getrefcount(sent) == before
    _terms.release_on_thread_without_gil([sent])
    assert _terms.drain_releases() >= 1
    assert sys.getrefcount(sent) == before


# Exceptions


def raised(error, cause=None):
    try:
        raise error from cause
    except BaseException as caught:
        return caught


def test_exceptions_come_back_as_their_class_with_args_and_traceback():
    back = roundtrip(raised(Refused(5, {"why": [1]})))
    assert type(back) is Refused
    assert back.args == (5, {"why": [1]})
    assert back.code == 5
    (note,) = back.__notes__
    assert "in raised" in note
    assert "raise error from cause" in note


def test_causes_and_contexts_come_along():
    back = roundtrip(raised(ValueError("outer"), raised(KeyError("inner"))))
    assert type(back.__cause__) is KeyError
    assert back.__cause__.args == ("inner",)
    with pytest.raises(ValueError, match="second") as caught:  # noqa: PT012
        try:
            raise KeyError("first")
        except KeyError:
            raise ValueError("second")  # noqa: B904
    assert type(roundtrip(caught.value).__cause__) is KeyError


def test_what_cannot_be_sent_inside_an_exception_is_replaced_by_its_repr():
    error = ValueError("text", [object(), lambda: 0, "\ud800"], bytearray(b"x"))
    text, inner, array = roundtrip(error).args
    assert text == "text"
    assert [part[:7] for part in inner] == ["<object", "<functi", "'\\ud800"]
    assert array == "bytearray(b'x')"


def test_a_list_with_a_replaced_member_is_still_refused_outside_of_the_exception():
    mixed = [object()]
    with pytest.raises(TypeError, match=r"message\[1\]\[0\]: an object"):
        roundtrip((ValueError(mixed), mixed))


def test_exceptions_in_a_circle_arrive():
    first, second = ValueError("a"), KeyError("b")
    first.__cause__, second.__cause__ = second, first
    back = roundtrip(first)
    assert type(back.__cause__) is KeyError
    assert back.__cause__.__cause__ is None
    first.args = (first,)
    assert "ValueError" in roundtrip(first).args[0]


def test_a_long_chain_of_causes_arrives():
    error = ValueError(0)
    for i in range(5000):
        error = raised(ValueError(i), error)
    back = roundtrip(error)
    for _ in range(5000):
        back = back.__cause__
    assert back.args == (0,)


def test_classes_that_cannot_be_made_from_their_args_become_foreign_and_stay_so():
    class Local(Exception):
        pass

    for error, name in [(TakesTwoKeepsOne(1, 2), "TakesTwoKeepsOne"), (Local("x", 1), "Local")]:
        back = roundtrip(raised(error))
        assert type(back) is ForeignException
        assert back.qualified_name.endswith(name)
        assert back.foreign_args == error.args
        again = roundtrip(back)
        assert str(again) == str(back)
        assert again.foreign_args == error.args
        assert len(again.__notes__) == 1


def test_system_errors_and_groups_keep_what_their_args_leave_out():
    with pytest.raises(OSError) as missing:  # noqa: PT011
        open("/nonexistent")  # noqa: SIM115
    back = roundtrip(missing.value)
    assert type(back) is FileNotFoundError
    assert back.filename == "/nonexistent"
    group = roundtrip(ExceptionGroup("several", [ValueError(1), OSError(2, "no")]))
    assert [type(e).__name__ for e in group.exceptions] == ["ValueError", "FileNotFoundError"]


def test_exceptions_whose_text_fails_arrive():
    class Broken(Exception):
        def __str__(self):
            raise RuntimeError

        __repr__ = __str__

    assert "str() fails" in roundtrip(Broken()).text
    assert roundtrip(ValueError(Broken())).args[0].text == "<Broken whose str() fails>"


# The verbs of terms, seen from Python


@given(MESSAGES, MESSAGES)
def test_terms_are_equal_exactly_when_the_objects_are(left, right):
    assert _terms.equal_terms(left, right) == (left == right)
    assert _terms.equal_terms(left, left)


@given(HASHABLE, HASHABLE)
def test_equal_objects_have_equal_hashes_as_terms(left, right):
    if left == right:
        assert _terms.hash_term(left) == _terms.hash_term(right)
    assert _terms.hash_term(left) == _terms.hash_term(copy.deepcopy(left))


@given(st.integers() | st.floats(allow_nan=False), st.integers() | st.floats(allow_nan=False))
def test_numbers_are_ordered_exactly(left, right):
    assert _terms.compare_terms(left, right) == (left > right) - (left < right)


@given(st.lists(MESSAGES, max_size=8))
def test_the_order_is_total_and_antisymmetric(messages):
    for a in messages:
        for b in messages:
            assert _terms.compare_terms(a, b) == -_terms.compare_terms(b, a)


@given(messages(hashables(st.text(st.characters(max_codepoint=126)))))
def test_terms_print_as_the_objects_do(message):
    assert _terms.print_term(message, 1 << 20) == repr(message)
