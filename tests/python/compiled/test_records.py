# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Frozen dataclasses with all that they have: methods, bases, checks when they are made."""

import types

import machine_kit
import pytest
from support import assert_same as assert_same_module
from support import define, image_of

from pyvm.compiler import CompileError

HEAD = """
import abc
import dataclasses
import typing
from dataclasses import dataclass, field
"""


def assert_same(source, *calls, **options):
    """See support; every module begins with the imports of HEAD."""
    assert_same_module(HEAD + source, *calls, **options)


SHAPES = (
    """
@dataclass(frozen=True)
class Shape:
    name: str
    LIMIT: typing.ClassVar[int] = 100

    def area(self):
        return 0

    def describe(self, prefix="a", *, end="."):
        return f"{prefix} {self.name} of {self.area()}{end}"

    @property
    def big(self):
        return self.area() > self.LIMIT

    @staticmethod
    def joined(*, a, b=2):
        return (a, b)

    @classmethod
    def make(cls, *, n):
        return cls("made") if n is None else cls("made", n)

    def __secret(self):
        return "hidden"

    def tell(self):
        return self.__secret()

@dataclass(frozen=True)
class Square(Shape):
    side: int = 3

    def area(self):
        return self.side ** 2

    def describe(self, prefix="b", **no):
        return super().describe(prefix) + "!"

@dataclass(frozen=True)
class Cube(Square):
    LIMIT = 20

    def area(self):
        return super().area() * 6
""".replace(", **no", "")
    .replace("(*, a, b=2)", "(a, b=2)")
    .replace("(cls, *, n)", "(cls, n)")
)


def test_methods():
    assert_same(
        SHAPES
        + """
def f():
    made = [Shape("s"), Square("q"), Square("r", 20), Cube("c", side=2)]
    return [(x.area(), x.describe(), x.describe("the"), x.tell(), x.name, x.LIMIT) for x in made]
"""
    )


def test_keywords_in_calls_of_methods():
    assert_same(
        SHAPES
        + "def f():\n    return Shape('s').describe(end='?', prefix='p'), Cube('c').describe(prefix='p')\n"
    )


def test_properties_static_and_class_methods():
    assert_same(
        SHAPES
        + """
def f(n):
    x = Square("q", n)
    cls = Cube
    made = cls.make(4)
    return (x.big, Cube("c", n).big, x.joined(1), x.joined(1, b=n), Shape.joined(a=3), x.make(7),
        Shape.make(None),
            Square.make(n), made, cls.joined(n), type(x).make(2), Shape.LIMIT, Cube.LIMIT, cls.LIMIT,
                Square.LIMIT)
""",
        (4,),
        (11,),
    )


def test_methods_as_values():
    assert_same(
        SHAPES
        + """
def f():
    x = Square("q", 4)
    g, h, k, s = x.area, x.describe, Square.area, x.joined
    plain = Shape.area
    bound = g(), h("z"), h(prefix="y"), s(1), x.make(5).area()
    return bound, k(x), k(Square("r")), plain(x), Shape.describe(x)
"""
    )


def test_methods_with_wrong_arguments():
    assert_same(
        SHAPES
        + """
def f(n):
    x = Square("q", 4)
    g = x.area
    try:
        match n:
            case 0: return x.area(1)
            case 1: return x.describe(1, 2, 3)
            case 2: return x.joined()
            case 3: return x.nothing()
            case 4: return x.nothing
            case 5: return g(1)
            case 6: return x.make()
            case 7: return x.name()
            case 8: return (5).area()
            case 9: return None.big
    except (TypeError, AttributeError) as e:
        return str(e)
""",
        *[(n,) for n in range(10)],
    )


def test_a_callable_in_a_field():
    assert_same(
        """
@dataclass(frozen=True)
class R:
    call: object
    def run(self, x):
        return self.call(x) + 1
def f(n):
    return R(lambda x: x * n).run(5), R(len).run("abc")
""",
        (3,),
    )


def test_checks_when_a_record_is_made():
    assert_same(
        """
def positive(what, n):
    if n <= 0:
        raise ValueError(f"{what} must be positive, not {n}")

@dataclass(frozen=True)
class R:
    a: int
    b: int = 2

    def __post_init__(self):
        positive("a", self.a)
        assert self.b, "b"

def made(kind, n):
    return kind(b=1, a=n)

def f(n):
    out = []
    for make in (lambda: R(n), lambda: R(b=n, a=1), lambda: made(R, n), lambda: dataclasses.replace(R(1),
        a=n)):
        try:
            out.append(make())
        except (ValueError, AssertionError) as e:
            out.append((type(e).__name__, str(e)))
    return out
""",
        (1,),
        (0,),
        (-1,),
    )


def test_defaults_made_anew():
    assert_same(
        """
def three():
    return [3]

@dataclass(frozen=True)
class R:
    x: int
    a: list = field(default_factory=list)
    b: dict = field(default_factory=dict)
    c: set = field(default_factory=set)
    d: list = field(default_factory=three)
    e: int = field(default=7, init=False)
    g: tuple = field(default_factory=tuple, init=False)
    k: int = field(kw_only=True)
    m: int = field(kw_only=True, default=4)

def f(n):
    one, other = R(1, k=2), R(2, k=3, m=5, b={1: 2})
    one.a.append(n)
    one.d.append(n)
    kind = R
    same = one == R(1, [n], {}, set(), [3, n], k=2)
    return one, other, kind(1, [n], k=n), same, dataclasses.replace(one, k=9), one.e
""",
        (1,),
    )


def test_fields_that_are_set_when_a_record_is_made():
    source = """
@dataclass(frozen=True)
class Box:
    width: int
    height: int = 2
    area: int = field(init=False)
    names: list = field(default_factory=list)
    label: str = ""

    def __post_init__(self):
        if self.width < 0:
            raise ValueError("no width")
        object.__setattr__(self, "area", self.width * self.height)
        if not self.label:
            object.__setattr__(self, "label", f"{self.width}x{self.height}")
        for name in "ab":
            self.names.append(name + self.label)

@dataclass(frozen=True)
class Deep(Box):
    depth: int = 1
    volume: int = field(init=False, default=0)

    def __post_init__(self):
        super().__post_init__()
        object.__setattr__(self, "volume", self.area * self.depth)

@dataclass(frozen=True)
class Late:
    x: int
    y: int = field(init=False)
    def __post_init__(self):
        if self.x > 0:
            object.__setattr__(self, "y", [self.x])

def f(n):
    box = Box(n)
    deep = Deep(n, 3, label="deep", depth=4)
    kept = [Late(i + 1) for i in range(300)]
    other = dataclasses.replace(box, width=7)
    try:
        late = Late(n).y
    except AttributeError as e:
        late = str(e)
    return box, deep, box == Box(n), other, kept[n].y, deep.volume, late
"""
    assert_same(source, (1,), (0,), (5,), (-1,))


def test_errors_of_making():
    assert_same(
        """
@dataclass(frozen=True)
class P:
    x: int
    y: int = 2
@dataclass(frozen=True)
class R:
    x: int
    a: list = field(default_factory=list)
    k: int = field(kw_only=True, default=1)
    e: int = field(default=7, init=False)

def f(n):
    p, r = P, R
    try:
        match n:
            case 0: return p()
            case 1: return p(1, 2, 3)
            case 2: return p(1, z=3)
            case 3: return p(1, x=3)
            case 4: return r()
            case 5: return r(1, 2, 3)
            case 6: return r(1, z=3)
            case 7: return dataclasses.replace(R(1), z=3)
            case 8: return dataclasses.replace(R(1), e=3)
            case 9: return dataclasses.replace(P(1), z=3)
            case 10: return dataclasses.replace(5, x=3)
    except (TypeError, ValueError) as e:
        return str(e)
""",
        *[(n,) for n in range(11)],
    )


def test_parts_of_records():
    assert_same(
        """
@dataclass(frozen=True)
class P:
    x: object
    y: object = 2
def f(n):
    one = P(1, [P(n, (P(1), {P(3): P(4)})), {"k": P(5)}])
    other = dataclasses.replace(one), dataclasses.replace(one, y=n)
    return dataclasses.asdict(one), dataclasses.astuple(one), other
""".replace("{P(3): P(4)}", "{3: P(4)}"),
        (7,),
    )
    for call in ("asdict(5)", "astuple('x')"):
        assert_same(f"def f():\n    return dataclasses.{call}\n")


ORDERED = """
@dataclass(frozen=True, order=True)
class V:
    a: int
    b: object = 0
@dataclass(frozen=True, order=True)
class W(V):
    pass
@dataclass(frozen=True)
class P:
    a: int
"""


def test_order():
    assert_same(
        ORDERED
        + """
def f(m, n):
    x, y = V(m, n), V(n, m)
    many = [V(3), V(1, n), V(1, m), V(2)]
    found = sorted(many), min(many), max(many), [x] < [y], (1, x) < (1, y)
    return x < y, x <= y, x > y, x >= y, x < x, x <= x, found
""",
        (1, 2),
        (2, 1),
        (1, 1),
    )
    for call in ("V(1) < P(1)", "P(1) < P(2)", "V(1) < W(2)", "V(1, 'x') < V(1, 2)", "V(1) < 5"):
        assert_same(f"{ORDERED}def f():\n    return {call}\n")


def test_classes_of_values():
    assert_same(
        ORDERED
        + """
def f():
    x, w = V(1), W(1)
    cls = type(x)
    return (type(x) is V, type(w) is V, type(w) is W, cls(5), x.__class__ is V, type(x).__name__,
        type(5) is int,
            type("").__name__, type(None).__name__, type(V).__name__, V.__name__,
                [type(y) is V for y in (x, w, 1)],
            isinstance(w, V), isinstance(x, W), isinstance(w, (int, V)), type(ValueError("x")).__name__,
            type(ValueError()) is ValueError, type(x) == V, type(x) != W, {V: 1}[type(x)])
"""
    )


ABSTRACT = """
class Named(abc.ABC):
    @abc.abstractmethod
    def name(self): ...
    def loud(self):
        return self.name().upper()

class Mixin:
    GREETING = "hi"
    def greet(self):
        return f"{self.GREETING} {self.name()}"

@dataclass(frozen=True)
class A(Named, Mixin):
    x: str
    def name(self):
        return self.x

@dataclass(frozen=True)
class B(Mixin):
    y: str
    GREETING = "ho"
    def name(self):
        return self.y

@dataclass(frozen=True)
class Open(Named):
    z: int

@typing.runtime_checkable
class HasName(typing.Protocol):
    def name(self): ...

@typing.runtime_checkable
class Sized(typing.Protocol):
    def __len__(self): ...

Named.register(int)
"""


def test_abstract_classes_and_mixins():
    assert_same(
        ABSTRACT
        + """
def f():
    out = []
    for x in (A("a"), B("b"), 5, "s", [1], None):
        out.append((isinstance(x, Named), isinstance(x, Mixin), isinstance(x, HasName), isinstance(x, Sized)))
        match x:
            case Named():
                out.append("named")
            case HasName():
                out.append("has")
            case Sized():
                out.append("sized")
    return out, A("a").loud(), A("a").greet(), B("b").greet(), Mixin.GREETING
"""
    )
    assert_same(
        ABSTRACT
        + "def f():\n    try:\n        return Open(1)\n    except TypeError as e:\n        return str(e)\n"
    )
    assert_same(ABSTRACT + "def f():\n    kind = Open\n    return kind(1)\n")


def test_patterns_with_derived_records():
    assert_same(
        SHAPES
        + """
def f(n):
    x = [Shape("s"), Square("q", 4), Cube("c", 5)][n]
    match x:
        case Cube(side=s, big=True):
            return "big cube", s
        case Square(name, side):
            return name, side
        case Shape(name=name, LIMIT=limit):
            return name, limit
""",
        (0,),
        (1,),
        (2,),
    )


SPECIAL = """
@dataclass(frozen=True)
class Vec:
    x: int
    y: int

    def __add__(self, other):
        if not isinstance(other, Vec):
            return NotImplemented
        return Vec(self.x + other.x, self.y + other.y)

    def __mul__(self, n):
        return Vec(self.x * n, self.y * n) if isinstance(n, int) else NotImplemented

    def __rmul__(self, n):
        return self * n

    def __neg__(self):
        return Vec(-self.x, -self.y)

    def __abs__(self):
        return self.x * self.x + self.y * self.y

    def __lt__(self, other):
        return abs(self) < abs(other) if isinstance(other, Vec) else NotImplemented

    def __len__(self):
        return self.x

    def __contains__(self, n):
        return n in (self.x, self.y)

    def __getitem__(self, i):
        return (self.x, self.y)[i]

    def __iter__(self):
        return iter((self.x, self.y))

    def __str__(self):
        return f"<{self.x} {self.y}>"

    def __call__(self, a, b=2):
        return self.x * a + self.y * b

    def __int__(self):
        return self.x

@dataclass(frozen=True)
class Sub(Vec):
    def __radd__(self, other):
        return "radd"
    def __rmul__(self, n):
        return "rmul"
    def __add__(self, other):
        return "add"
"""


def test_operators_of_records():
    assert_same(
        SPECIAL
        + """
def f(n):
    a, b = Vec(n, 2), Vec(3, 4)
    c = a
    c += b
    d = a
    d *= 3
    return (a + b, a * 2, 2 * a, -a, abs(b), a < b, a > b, not a, len(b), 3 in b, 9 in b, b[1],
        [x for x in b], c, d,
            "yes" if a else "no", a and 1, a or 2, bool(a), a(5), b(1, b=n), int(b), 1 + n, [1] + [2], n < 5)
""",
        (1,),
        (0,),
    )
    assert_same(
        SPECIAL
        + """
def f(n):
    s, v = Sub(1, 1), Vec(n, n)
    return v + s, s + v, v * s, 2 * s, s * 2, s + s, s + 1, 1 + s
""",
        (1,),
    )


def test_lists_and_dicts_take_up_records():
    assert_same(
        SPECIAL
        + """
def f(n):
    x, d, e = [1], {}, 5
    x += Vec(n, 2)
    d |= Vec((1, 2), "ab")
    d.update(Vec((3, n), (4, 5)))
    e += 2
    x += (7, 8)
    try:
        d |= Vec(n, 2)
    except TypeError as error:
        return x, d, e, dict(Vec((1, 2), "cd")), str(error)
""",
        (1,),
    )


def test_records_that_are_mappings():
    assert_same(
        """
@dataclass(frozen=True)
class Keys:
    n: int

    def __iter__(self):
        return iter(["ab", "cd"])

    def keys(self):
        return ["ab", "ef"]

    def __getitem__(self, key):
        return key * self.n

@dataclass(frozen=True)
class Silent:
    x: int

    def __ror__(self, other):
        return ("ror", other)

    def __radd__(self, other):
        return ("radd", other)

def f(n):
    d = {1: 2}
    d |= Keys(n)
    x = [1]
    x += Keys(n)
    total = 0
    for i in range(4):
        total += i
        total |= i
    errors = []
    try:
        d |= Silent(1)
    except TypeError as error:
        errors.append(str(error))
    try:
        x += Silent(1)
    except TypeError as error:
        errors.append(str(error))
    y = {1} | Silent(2)
    return d, x, dict(Keys(n)), total, errors, y, {2} | {3}
""",
        (2,),
        by_reference=False,
    )


def test_what_can_be_called():
    assert_same(
        SPECIAL
        + """
@dataclass(frozen=True)
class Silent:
    x: int

def f(n):
    some = [len, f, lambda: n, Vec, Vec(1, 2), Silent(1), Silent, int, [], 5, None, "x", str.upper]
    return [callable(one) for one in some], [*map(callable, [n, max])]
""",
        (1,),
        by_reference=False,
    )


def test_texts_of_records():
    assert_same(
        SPECIAL
        + """
def f(n):
    a = Vec(n, 2)
    formatted = f"{a} {a!s} {a!r} {n:>3}"
    return str(a), repr(a), formatted, format(a), format(n, "3d"), str(n), str([1]), repr(str(a))
""",
        (1,),
    )


ERRORS = [
    "a + 1",
    "1 + a",
    "a * 'x'",
    "a < 1",
    "1 > a",
    "a - a",
    "f'{a:>5}'",
    "a[5]",
    "-s2",
    "a()",
    "len(v2)",
    "b'' in a",
]


@pytest.mark.parametrize("expression", ERRORS)
def test_errors_of_operators(expression):
    source = SPECIAL + "def f():\n    a, s2, v2 = Vec(1, 2), 'x', Vec(-1, 1)\n    return EXPR\n"
    assert_same(source.replace("EXPR", expression))


def test_methods_recurse_and_loop():
    assert_same(
        """
@dataclass(frozen=True)
class Tree:
    value: int
    left: "Tree | None" = None
    right: "Tree | None" = None

    def insert(self, n):
        if n < self.value:
            return dataclasses.replace(self, left=self.left.insert(n) if self.left else Tree(n))
        return dataclasses.replace(self, right=self.right.insert(n) if self.right else Tree(n))

    def walk(self):
        left = self.left.walk() if self.left else []
        return [*left, self.value, *(self.right.walk() if self.right else [])]

def f(n):
    tree = Tree(50)
    for i in range(n):
        tree = tree.insert(i * 37 % 101)
    return tree.walk()
""",
        (60,),
    )


REFUSED = [
    ("@dataclass", "y: int = 1", "frozen=True in the module"),
    ("@dataclass(frozen=True)", "def __eq__(self, o): return True", "give the method another name"),
    ("@dataclass(frozen=True)", "def __hash__(self): return 1", "give the method another name"),
    ("@dataclass(frozen=True)", "def __index__(self): return 1", "give the method another name"),
    ("@dataclass(frozen=True)", "def __getattr__(self, name): return 1", "another name"),
    ("@dataclass(frozen=True, init=False)", "def __init__(self): pass", "check in __post_init__"),
    ("@dataclass(frozen=True, eq=False)", "y: int = 1", "leave it out"),
    ("@dataclass(frozen=True)", "y: int = field(default=1, compare=False)", "leave it out"),
    ("@dataclass(frozen=True)", "y: int = field(init=False, kw_only=True)", "give it a default"),
    ("@dataclass(frozen=True)", "y: dataclasses.InitVar[int] = 1", "make it a field"),
    ("@dataclass(frozen=True)", "m = object()", "cannot be a constant"),
    ("@dataclass(frozen=True)", "m = functools.cached_property(len)", "cannot be a constant"),
    ("@dataclass(frozen=True)", "m = functools.partialmethod(len)", "cannot be a constant"),
    (
        "@dataclass(frozen=True)",
        "def m(self): object.__setattr__(self, 'x', 1)",
        "compute the value before",
    ),
    ("@dataclass(frozen=True)", "def m(self): return lambda: super().m()", "name the class"),
    ("@dataclass(frozen=True)", "def m(self): return super().m()", "depends on the class"),
    ("@dataclass(frozen=True)", "def m(self): yield 1", "no generator"),
]


@pytest.mark.parametrize(("decorator", "member", "words"), REFUSED)
def test_what_compiled_code_may_not_know(decorator, member, words):
    source = f"{HEAD}import functools\n{decorator}\nclass R:\n    x: int = 0\n    {member}\n"
    with pytest.raises(CompileError) as caught:
        image_of(define(source + "def f():\n    return R().m\n")["f"])
    assert words in str(caught.value)
    assert caught.value.lineno


def test_what_the_code_does_not_name_is_not_compiled():
    source = "@dataclass(frozen=True)\nclass R:\n    x: int\n    m = object()\n    def g(self): yield 1\n"
    assert_same(source + "def f():\n    return R(1)\n")


def test_protocols_with_fields_are_refused():
    source = """
@typing.runtime_checkable
class HasX(typing.Protocol):
    x: int
def f(y):
    return isinstance(y, HasX)
"""
    with pytest.raises(CompileError, match="no matter of its class"):
        image_of(define(HEAD + source)["f"])


WITH_METHODS = """
import enum
import itertools
import operator
from functools import reduce

@dataclass(frozen=True)
class P:
    n: int
    def __lt__(self, other):
        return self.n > other.n
    def __repr__(self):
        return f"<{self.n}>"
    def __add__(self, other):
        return P(self.n + (other if isinstance(other, int) else other.n))
    def __radd__(self, other):
        return P(self.n + other)
    def __iter__(self):
        return iter([self.n, self.n + 1])
    def __bool__(self):
        return self.n > 1

@dataclass(frozen=True)
class Pair:
    a: object
    b: object = None

class Color(enum.Enum):
    RED = 1
    def __repr__(self):
        return "red!"

class Odd(Exception):
    def __str__(self):
        return "odd"
"""


@pytest.mark.parametrize(
    "expression",
    [
        "sorted([P(1), P(3), P(2)]), sorted([P(1), P(3)], reverse=True), sorted([3, 1, 2])",
        "[i for _, i in sorted([(P(i % 3), i) for i in range(20)], key=lambda p: p[0])]",
        "[i for _, i in sorted([(P(i % 3), i) for i in range(20)], reverse=True)]",
        "min([P(1), P(3)]), max(P(1), P(3)), min(*[P(1), P(2)]), max([1, 2, 3], key=P)",
        "min([], default=4), max(3, 1), min([2.5, 1]), max([P(1)], default=0)",
        "min()",
        "max(1, 2, default=3)",
        "min([])",
        "sorted([P(1), 1])",
        "sorted([1, 'a'])",
        "(1, P(1)) < (1, P(2)), (1, P(2)) > (1, P(2)), (1, 2) < (1, 3), [P(2)] < [P(1), 0]",
        "sum([P(1), P(3)]), sum([P(1)], P(5)), sum([1, P(2)]), sum([1.5], 2), sum([[1], [2]], [])",
        "sum([1, 'a'])",
        "sum(['a'], '')",
        "any([P(0), P(1)]), any([P(2)]), all([P(2), P(1)]), all([])",
        "repr([P(1)]), str((P(1),)), str({'a': P(1), P(2): [P(3)]}), repr({P(1)}), repr(())",
        "f'{[P(1)]} {(1, P(2))!r} {[P(3)]!s}', repr(Pair(P(1), [P(2)])), str(frozenset([P(1)]))",
        "repr(ValueError(P(1))), str(ValueError(P(1))), f'{ValueError(1, P(2))}', str(KeyError(P(1)))",
        "str(KeyError('a')), str(ValueError('b')), str(Odd(1)), f'{Odd(2)}', repr([Odd(3)])",
        "str(Color.RED), f'{Color.RED}', repr(Color.RED), str([Color.RED]), format([P(1)], '')",
        "list(P(1)), tuple(P(1)), set(P(1)), sorted(P(1), reverse=True), min(P(1)), sum(P(1), 10)",
        "[*P(1), 0], {*P(1)}, (*P(1),), list(zip(P(1), P(2), 'ab')), list(enumerate(P(3), 1))",
        "max(*P(3)), max(P(4), key=lambda x: -x), next(iter(P(7))), any(P(0)), all(P(0))",
        "list(map(lambda a, b: (a, b), P(1), P(2))), ','.join(map(str, P(1))), [x for x in P(1)]",
        "reduce(operator.add, [P(1), P(2)]), list(itertools.accumulate([P(1), P(2)]))",
        "list(itertools.chain(P(1), P(2))), {0}.union(P(8)), [x for x in filter(None, [P(1), P(2)])]",
    ],
)
def test_methods_that_built_in_functions_call(expression):
    assert_same(f"{WITH_METHODS}\ndef f():\n    return {expression}\n")


def test_methods_that_statements_and_lists_call():
    source = """
def f():
    a, *b = P(1)
    [c, (d, e)] = 1, P(5)
    x = [P(1), P(3), P(2)]
    x.sort()
    y = [3, 1, 2]
    y.sort(reverse=True)
    z = [P(1), P(2)]
    z.sort(reverse=True)
    z.append(z)
    w = []
    w.extend(P(1))
    s = {0}
    s.update(P(3))
    d = {1: P(1)}
    d[2] = d
    return a, b, c, e, x, y, repr(z), w, sorted(s), repr(d)
"""
    assert_same(WITH_METHODS + source)


def test_a_name_asked_of_several_classes():
    source = """
@dataclass(frozen=True)
class A:
    x: int
    y: int = 1
    def get(self):
        return self.x
    @property
    def twice(self):
        return 2 * self.x

@dataclass(frozen=True)
class B:
    y: int
    x: int = 2
    def get(self, more=10):
        return self.x + more
    twice: int = 3

@dataclass(frozen=True)
class C(A):
    x: int = 4
    def get(self):
        return -super().get()
    @staticmethod
    def tell():
        return "static"

def ask(one):
    return one.x, one.y, one.get(), one.twice

def f(n):
    found = []
    for one in [A(5), B(6), C(7), A(8), C(9), C(10), B(11), ValueError(1)] * n:
        try:
            found.append(ask(one))
        except AttributeError as e:
            found.append(str(e))
    return found, [(c.tell(), c.tell()) for c in [C(1)]]
"""
    assert_same(source, (1,), (3,))


@pytest.mark.skipif(not machine_kit.HAS_MACHINE, reason="needs the machine")
def test_a_text_of_its_own_inside_of_a_formatted_list_is_an_error():
    source = "@dataclass(frozen=True)\nclass R:\n    def __repr__(self):\n        return 'own'\n"
    body = """
def f(n):
    try:
        return "%s" % [R()] if n else "{}".format((1, R()))
    except TypeError as e:
        return str(e)
"""
    for n in (0, 1):
        kind, result, _ = machine_kit.run(define, HEAD + source + body, "f", (n,))
        assert (kind, "only, not for what contains x" in result) == ("value", True)


def test_classes_of_other_modules():
    names = define(HEAD + SHAPES)
    other = types.ModuleType("shapes")
    vars(other).update(names)
    source = """
def f(n):
    x, y = Square("q", n), shapes.Cube("c")
    parts = x.area(), x.describe(), x.big, Square.make(n).tell(), shapes.Shape.LIMIT, y.area(), y.LIMIT
    spread = x.joined(*[1], **{"b": 2}), Square(*["r", n]).side
    return parts, isinstance(y, Square), type(y) is shapes.Cube, spread
"""
    assert_same_module(source, (4,), (12,), Square=names["Square"], shapes=other)


def test_what_an_annotation_names_is_known():
    source = (
        SHAPES + "def f(x: 'Shape', y: list[Square] = ()) -> int:\n    return x.area() + len(y)\n"
    )
    image = image_of(define(HEAD + source)["f"])
    known = {entry[0].__qualname__: {name for name, _, _ in entry[4]} for entry in image[6]}
    assert known.keys() == {"Shape", "Square", "Cube"}
    assert all("area" in members and "describe" not in members for members in known.values())
