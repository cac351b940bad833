# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The text functions of compiled bodies against those of this Python: random calls, the same outcome.

Needs the native program `text_calls`, whose tables were made by this Python: PYVM_TEXT_CALLS says where it is.
PYVM_TEXT_CASES and PYVM_TEXT_SEED choose how many cases there are, and which.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(
    os.environ.get("PYVM_TEXT_CALLS", Path(__file__).resolve().parents[3] / "build" / "text_calls")
)
CASES = int(os.environ.get("PYVM_TEXT_CASES", "20000"))
SEED = int(os.environ.get("PYVM_TEXT_SEED", "1"))

pytestmark = [
    pytest.mark.skipif(not PROGRAM.exists(), reason="text_calls is not built"),
    pytest.mark.skipif(
        sys.version_info[:2] != (3, 11), reason="texts of errors are those of CPython 3.11"
    ),
]

LEFT_OUT = object()
ODD_CHARACTERS = [
    *"aAbBzZ09 _-+.:,%{}[]()'\"\\\t\n\r\x0b\x0c\x1c\x1e\x1f\x00\x7f",
    *"\x80\x85\xa0\xad\xb5\xdf\xe9\xc9\xff\u0130\u0131\u0149\u01c5\u01c6\u01f0\u0345\u0378\u0390\u03a3\u03c2\u03c3\u03b1\u0391",
    *"\u0587\u0660\u0669\u06f5\u0967\u1680\u1e9e\u1f88\u1f80\u2003\u2028\u2029\u202f\u2160\u00b2\u2460\u00bd\u3007\u4e00\u3000",
    *"\ufb00\ufb03\ufeff\uffff\U00010400\U00010428\U0001d7ce\U0001f600\U000e0041\U0010ffff\u200d\u00b7\u0301\u02b0\u2019",
]


def encode(value: Any) -> str:
    """A value as text_calls reads it."""
    if value is LEFT_OUT:
        return "-"
    if value is None:
        return "n"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, int):
        return f"i{value}" if -(2**63) <= value < 2**63 else f"I{value:x}"
    if isinstance(value, float):
        return "d" + value.hex()
    if isinstance(value, str):
        return "s" + value.encode().hex()
    if isinstance(value, bytes):
        return "b" + value.hex()
    if isinstance(value, dict):
        return " ".join([f"D{len(value)}", *(encode(x) for pair in value.items() for x in pair)])
    letter = "T" if isinstance(value, tuple) else "L" if isinstance(value, list) else "S"
    return " ".join([f"{letter}{len(value)}", *map(encode, value)])


class Draw:
    """Random arguments."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def one(self, *ways: Callable[[], Any]) -> Any:
        return self.random.choice(ways)()

    def character(self) -> str:
        kind = self.random.random()
        if kind < 0.5:
            return self.random.choice(ODD_CHARACTERS)
        if kind < 0.8:
            return chr(self.random.randrange(128))
        while True:
            end = self.random.choice([0x100, 0x800, 0x10000, 0x20000, 0x110000])
            c = chr(end - 1 - self.random.randrange(0x100))
            if not "\ud800" <= c <= "\udfff":
                return c

    def text(self) -> str:
        length = self.random.choice([0, 1, 2, 3, 5, 8, 13, 30])
        kind = self.random.random()
        if kind < 0.3:
            return "".join(self.random.choices("ab AB,\n", k=length))
        if kind < 0.5:
            return "".join(self.random.choices("aé ΣΑ\u2028", k=length))
        if kind < 0.6:
            return "".join(self.random.choices("aAbB0.,- ", k=length * 8))
        return "".join(self.character() for _ in range(length))

    def part_of(self, text: Any) -> Any:
        """Of the type of `text`, often in it."""
        if self.random.random() < 0.7 and len(text) > 0:
            at = self.random.randrange(len(text))
            return text[at : at + self.random.choice([0, 1, 1, 1, 2, 3])]
        return self.data() if isinstance(text, bytes) else self.text()

    def data(self) -> bytes:
        kind = self.random.random()
        length = self.random.choice([0, 1, 2, 3, 7, 20, 64, 65, 200])
        if kind < 0.5:
            return bytes(self.random.choices(b"ab AB,\n\t\r09-+\xff", k=length))
        if kind < 0.8:
            broken = bytes(
                self.random.choices(b"\x80\xbf\xc0\xe2\xed\xf0\xf4\xf5\xa0\x90\x8f", k=length % 5)
            )
            return self.text().encode() + broken + self.text().encode()
        return self.random.randbytes(length)

    def integer(self) -> int:
        small = self.random.choice([0, 1, -1, 2, 3, -3, 7, 12, 100, 255, 256, 1234567, -98765])
        power = self.random.choice([31, 32, 53, 61, 62, 63, 64, 100, 500])
        return self.random.choice(
            [small, small, small, small + self.random.choice([1, -1]) * 2**power]
        )

    def size(self) -> int:
        """An integer that may become the width of a field."""
        return self.random.choice([0, 3, -12, 2**70, 1234])

    def index(self) -> Any:
        return self.random.choice(
            [LEFT_OUT, None, 0, 1, 2, 3, 5, -1, -2, -30, 100, True, 2**70, -(2**70)]
        )

    def real(self) -> float:
        digits = self.random.choice([0, 1, 2, 5, 9, 16])
        near = round(self.random.uniform(-1000, 1000), digits)
        odd = [
            0.0,
            -0.0,
            1.0,
            -1.5,
            0.5,
            2.5,
            1e16,
            1e15,
            1e-5,
            1e-4,
            1234567.0,
            1e22,
            1e300,
            5e-324,
            1e100,
            0.1,
        ]
        odd += [
            float("inf"),
            float("-inf"),
            float("nan"),
            999999.5,
            9.995,
            0.00001234,
            -0.004,
            1 / 3,
        ]
        any_size = self.random.uniform(-1, 1) * 10 ** self.random.randrange(-20, 25)
        return self.random.choice([near, self.random.choice(odd), any_size])

    def anything(self) -> Any:
        return self.one(
            self.integer,
            self.text,
            self.data,
            self.real,
            lambda: None,
            lambda: self.random.random() < 0.5,
            lambda: [1, "a"],
            lambda: (self.text(),),
            lambda: {"a": 1},
            lambda: {1},
        )

    def usually(self, way: Callable[[], Any]) -> Any:
        """What `way` draws, and seldom what does not fit."""
        return self.anything() if self.random.random() < 0.03 else way()

    def spec(self) -> str:
        if self.random.random() < 0.05:
            return self.text()
        pick = self.random.choice
        parts = [
            pick(["", "", "<", ">", "^", "=", "*<", "é^", "0=", "0>", "x>", "}>"]),
            pick(["", "", "", "+", "-", " "]),
            pick(["", "", "", "", "z"]),
            pick(["", "", "", "#"]),
            pick(["", "", "0"]),
            pick(["", "1", "5", "10", "12", "20", "\u0663"]),
            pick(["", "", "", ",", "_", ",_", "_,"]),
            pick(["", "", "", ".0", ".1", ".2", ".5", ".17", ".30", "."]),
            pick([*"bcdoxXneEfFgG%s", "", "", "", "q", "é", "ss"]),
        ]
        return (
            "".join(part if self.random.random() < 0.6 else "" for part in parts[:-1]) + parts[-1]
        )

    def percent(self) -> str:
        pick = self.random.choice
        out = ""
        for _ in range(pick([1, 1, 1, 2])):
            key = pick(["", "", "", "", "", "(a)", "(b)", "(a", "((x))"])
            flags = "".join(self.random.choices("-+ #0", k=pick([0, 0, 1, 2])))
            widths = ["", "", "5", "12", "*", "0", "99999999999999999999"]
            width = pick(widths if self.random.random() < 0.2 else ["", "4", "10"])
            precisions = ["", "", ".", ".0", ".3", ".10", ".*", ".99999999999"]
            precision = pick(precisions if self.random.random() < 0.3 else ["", ".2"])
            kind = pick([*"srasdiuoxXeEfFgGcd%", "y", "é", "", "ld"])
            out += pick(["", "x", "é", "%%"]) + "%" + (key if self.random.random() < 0.2 else "")
            out += flags + width + precision + kind
        return out

    def fields(self) -> str:
        pick = self.random.choice
        out = ""
        for _ in range(pick([1, 1, 2, 3])):
            names = [
                "",
                "",
                "0",
                "1",
                "2",
                "a",
                "b",
                "0[1]",
                "1[a]",
                "a[0]",
                "0[x",
                "0[]",
                "0.",
                "0.foo",
                "b[k][0]",
                "0[0]x",
            ]
            name = pick([*names, "\u0660"])
            conversion = pick(["", "", "", "!r", "!s", "!a", "!", "!x", "!é", "!rr"])
            spec = pick(
                ["", "", ":", ":" + self.spec(), ":{}", ":{a}", ":{0}>{1}", ":{{}}", ":{:{}}"]
            )
            field = "{" + name + conversion + spec + "}"
            if self.random.random() < 0.05:
                field = field.replace(pick("{}:!"), "", 1)
            odd = ["", "x", "é", "{{", "}}", "{", "}"]
            out += pick(odd if self.random.random() < 0.1 else ["", "=", "{{}}"]) + field
        return out


def search(draw: Draw, subject: Any) -> list[Any]:
    ends = [draw.usually(draw.index), draw.usually(draw.index)]
    if ends[0] is LEFT_OUT:
        ends[1] = LEFT_OUT
    return [draw.usually(lambda: draw.part_of(subject)), *ends]


def affix(draw: Draw, subject: Any) -> list[Any]:
    arguments = search(draw, subject)
    if draw.random.random() < 0.3:
        count = draw.random.randrange(3)
        arguments[0] = tuple(draw.usually(lambda: draw.part_of(subject)) for _ in range(count))
    elif draw.random.random() < 0.3:
        arguments[0] = subject[: draw.random.randrange(4)]
    return arguments


def split(draw: Draw, subject: Any) -> list[Any]:
    limit = draw.usually(lambda: draw.random.choice([LEFT_OUT, -1, 0, 1, 2, 5]))
    separator = draw.usually(lambda: None if draw.random.random() < 0.4 else draw.part_of(subject))
    return [separator, limit]


def replace(draw: Draw, subject: Any) -> list[Any]:
    limit = draw.usually(lambda: draw.random.choice([LEFT_OUT, -1, 0, 1, 2, 5]))
    return [
        draw.usually(lambda: draw.part_of(subject)),
        draw.usually(lambda: draw.part_of(subject)),
        limit,
    ]


def part(draw: Draw, subject: Any) -> list[Any]:
    return [draw.usually(lambda: draw.part_of(subject))]


def strip(draw: Draw, subject: Any) -> list[Any]:
    ends = subject[:2] + subject[-2:]
    return [draw.usually(lambda: draw.random.choice([LEFT_OUT, None, draw.part_of(subject), ends]))]


def justify(draw: Draw, subject: Any) -> list[Any]:
    fill = "*é\u4e00" if isinstance(subject, str) else b"*-"
    at = draw.random.randrange(len(fill))
    width = draw.usually(lambda: draw.random.choice([0, 1, 5, 8, 9, 31, 40, -1, True]))
    return [
        width,
        draw.usually(lambda: draw.random.choice([LEFT_OUT, fill[at : at + 1], fill, fill[:0]])),
    ]


def zfill(draw: Draw, subject: Any) -> list[Any]:
    return justify(draw, subject)[:1]


def tabs(draw: Draw, subject: Any) -> list[Any]:
    return [draw.usually(lambda: draw.random.choice([LEFT_OUT, 0, 1, 4, 8, -3, 2**31, -(2**40)]))]


def lines(draw: Draw, subject: Any) -> list[Any]:
    return [draw.random.choice([LEFT_OUT, True, False, 0, 1])]


def join(draw: Draw, subject: Any) -> list[Any]:
    kind = draw.random.choice([list, tuple])
    items = [draw.usually(lambda: draw.part_of(subject)) for _ in range(draw.random.randrange(5))]
    keys = dict.fromkeys(map(str, items))
    return [draw.usually(lambda: draw.random.choice([kind(items), keys, draw.text()]))]


def codec(draw: Draw, subject: Any) -> list[Any]:
    names = [
        "utf-8",
        "UTF8",
        "ascii",
        "us-ascii",
        "latin-1",
        "iso-8859-1",
        "L1",
        "u8",
        "nope",
        "Latin 1",
    ]
    errors = ["strict", "ignore", "replace", "backslashreplace", "xmlcharrefreplace", "nope"]
    name = draw.usually(lambda: draw.random.choice(names))
    return [name, draw.usually(lambda: draw.random.choice([LEFT_OUT, *errors]))]


def hexadecimal(draw: Draw, subject: Any) -> list[Any]:
    separator = draw.usually(lambda: draw.random.choice(["-", b":", "é", "--"]))
    return draw.random.choice(
        [[], [separator], [separator, draw.random.choice([0, 1, 2, -2, 3, -5, 100])]]
    )


def nothing(draw: Draw, subject: Any) -> list[Any]:
    return []


Drawn = tuple[int, Callable[[Draw, Any], list[Any]]]  # how many parameters, and their arguments
CHANGES = ["upper", "lower", "title", "capitalize", "swapcase"]
ASKS = ["isalpha", "isdigit", "isalnum", "isspace", "isupper", "islower", "istitle", "isascii"]
ASKS_OF_STR = ["isdecimal", "isnumeric", "isidentifier", "isprintable"]
ALIKE: dict[str, Drawn] = {
    **dict.fromkeys(["find", "rfind", "index", "rindex", "count"], (3, search)),
    **dict.fromkeys(["startswith", "endswith"], (3, affix)),
    **dict.fromkeys(["split", "rsplit"], (2, split)),
    **dict.fromkeys(["partition", "rpartition", "removeprefix", "removesuffix"], (1, part)),
    **dict.fromkeys(["strip", "lstrip", "rstrip"], (1, strip)),
    **dict.fromkeys(["center", "ljust", "rjust"], (2, justify)),
    **dict.fromkeys([*CHANGES, *ASKS], (0, nothing)),
    "replace": (3, replace),
    "zfill": (1, zfill),
    "expandtabs": (1, tabs),
    "splitlines": (1, lines),
    "join": (1, join),
}
OF_STR: dict[str, Drawn] = {
    **ALIKE,
    **dict.fromkeys(["casefold", *ASKS_OF_STR], (0, nothing)),
    "encode": (2, codec),
}
OF_BYTES: dict[str, Drawn] = {**ALIKE, "decode": (2, codec), "hex": (2, hexadecimal)}

Case = tuple[str, Callable[[], Any]]


def line_of(name: str, arguments: Iterable[Any]) -> str:
    return " ".join([name, *map(encode, arguments)])


def method_case(draw: Draw) -> Case:
    """A method of str or bytes."""
    of_str = draw.random.random() < 0.5
    subject, methods = (draw.text(), OF_STR) if of_str else (draw.data(), OF_BYTES)
    name = draw.random.choice(list(methods))
    size, arguments_of = methods[name]
    arguments = arguments_of(draw, subject)
    given = [argument for argument in arguments if argument is not LEFT_OUT]
    padded = given + [LEFT_OUT] * (size - len(given))
    return line_of(f"{'str' if of_str else 'bytes'}.{name}", [subject, *padded]), lambda: getattr(
        subject, name
    )(*given)


def operator_case(draw: Draw) -> Case:
    """An operator, or a built-in function of a few values."""
    text = draw.one(draw.text, draw.data)
    other = draw.usually(lambda: draw.part_of(text))
    count = draw.usually(lambda: draw.random.choice([0, 1, 2, 3, 9, -1, True]))
    at = draw.usually(lambda: draw.random.choice([0, 1, 2, -1, -2, 100, False, 2**70]))
    ends = [None if (end := draw.index()) is LEFT_OUT else end for _ in range(2)]
    step = draw.usually(lambda: draw.random.choice([None, 1, 1, 2, -1, -2, 3, 0, 2**70]))
    number = draw.usually(draw.integer)
    value = draw.anything()
    cases: list[Case] = [
        (line_of("op.add", [text, other]), lambda: text + other),
        (line_of("op.multiply", [text, count]), lambda: text * count),
        (line_of("op.in", [text, other]), lambda: other in text),
        (line_of("op.item", [text, at]), lambda: text[at]),
        (line_of("op.slice", [text, *ends, step]), lambda: text[ends[0] : ends[1] : step]),
        (line_of("ord", [text[:1]]), lambda: ord(text[:1])),
        (line_of("ord", [value]), lambda: ord(value)),
        (line_of("hex", [number]), lambda: hex(number)),
        (line_of("oct", [number]), lambda: oct(number)),
        (line_of("bin", [number]), lambda: bin(number)),
        (line_of("repr", [value]), lambda: repr(value)),
        (line_of("ascii", [value]), lambda: ascii(value)),
        (line_of("str", [value, LEFT_OUT, LEFT_OUT]), lambda: str(value)),
        (line_of("str", [value, "utf-8", "replace"]), lambda: str(value, "utf-8", "replace")),
        (line_of("bytes", [[number, 3], LEFT_OUT, LEFT_OUT]), lambda: bytes([number, 3])),
    ]
    if not isinstance(value, int):
        cases.append((line_of("bytes", [value, LEFT_OUT, LEFT_OUT]), lambda: bytes(value)))
    if not isinstance(number, int) or not 0xD800 <= number < 0xE000:
        cases.append((line_of("chr", [number]), lambda: chr(number)))
    if isinstance(text, str):
        cases.append((line_of("op.length", [text]), lambda: len(text)))
        cases.append((line_of("op.iterate", [text]), lambda: list(text)))
        to = [None, 65, "x", "", "éé", 0x1F600]
        table = {ord(c): draw.usually(lambda: draw.random.choice(to)) for c in text[::2]}
        cases.append((line_of("str.translate", [text, table]), lambda: text.translate(table)))
    return draw.random.choice(cases)


def format_case(draw: Draw) -> Case:
    """format() of a number or string."""
    value = draw.usually(lambda: draw.one(draw.integer, draw.real, draw.text, lambda: True))
    spec = draw.spec()
    return line_of("format", [value, spec]), lambda: format(value, spec)


def percent_case(draw: Draw) -> Case:
    """template % values"""
    template = draw.percent()
    number = draw.size if "*" in template else draw.integer
    value = draw.one(number, draw.real, draw.text)
    values = draw.random.choice(
        [value, (value,), (value, number()), (3, value), {"a": value, "(x)": 1}, ()]
    )
    return line_of("op.percent", [template, values]), lambda: template % values


def bytes_percent_case(draw: Draw) -> Case:
    """template % values of bytes (PEP 461)"""
    template = draw.percent().replace("é", "z").encode()
    template = template.replace(b"y", draw.random.choice([b"y", b"b", b"b"]))
    number = draw.size if b"*" in template else draw.integer
    value = draw.one(number, draw.real, draw.text, draw.data, draw.data)
    values = draw.random.choice(
        [value, (value,), (value, number()), (3, value), {b"a": value, b"(x)": 1, "a": 2}, ()]
    )
    return line_of("op.percent", [template, values]), lambda: template % values


def fields_case(draw: Draw) -> Case:
    """str.format()"""
    template = draw.fields()
    ways = [draw.size, draw.text, draw.real, lambda: [1, "x"], lambda: {"a": 5, 1: 2}]
    positional = [draw.one(*ways) for _ in range(draw.random.randrange(4))]
    named = draw.random.choice([{}, {"a": 7}, {"a": "text", "b": {"k": (1, 2)}}])
    keywords = named or LEFT_OUT
    line = line_of("str.format", [template, keywords, *positional])
    return line, lambda: template.format(*positional, **named)


def outcome(call: Callable[[], Any]) -> str:
    """What text_calls prints for the same."""
    try:
        return repr(call())
    except Exception as error:
        return f"!{type(error).__name__} {str(error)!r}"


def run(lines: list[str]) -> Iterator[str]:
    text = "\n".join(lines) + "\n"
    process = subprocess.run(
        [PROGRAM], input=text, stdout=subprocess.PIPE, encoding="utf-8", check=True
    )
    return iter(process.stdout.split("\n"))


def compare(cases: list[Case]) -> None:
    """Fails with the first differences."""
    answers = run([line for line, _ in cases])
    different = [
        f"{line}\n  CPython: {expected}\n  pyvm:    {answer}"
        for (line, call), answer in zip(cases, answers, strict=False)
        if (expected := outcome(call)) != answer
    ]
    assert not different, f"{len(different)} of {len(cases)} differ, seed {SEED}\n" + "\n".join(
        different[:20]
    )


@pytest.mark.parametrize(
    "make_case",
    [method_case, operator_case, format_case, percent_case, bytes_percent_case, fields_case],
    ids=lambda make: make.__name__,
)
def test_random_calls_do_what_python_does(make_case: Callable[[Draw], Case]) -> None:
    """Values, exceptions and their texts."""
    draw = Draw(SEED)
    compare([make_case(draw) for _ in range(CASES)])


@pytest.mark.parametrize(
    "name",
    [*CHANGES, "casefold", *ASKS, *ASKS_OF_STR, "split", "splitlines"],
)
def test_every_code_point_has_the_properties_of_python(name: str) -> None:
    """A text for each for what asks, one for 64 of them for what maps. Of Lo and what is not assigned, some."""
    size = 1 if name.startswith("is") else 64
    points = [c for c in map(chr, range(0x110000)) if unicodedata.category(c) != "Cs"]
    points = [
        c for c in points if unicodedata.category(c) not in ("Cn", "Co", "Lo") or ord(c) % 64 == 0
    ]
    texts = ["".join(points[i : i + size]) for i in range(0, len(points), size)]
    padding = [LEFT_OUT] * {"split": 2, "splitlines": 1}.get(name, 0)
    compare(
        [
            (line_of(f"str.{name}", [text, *padding]), partial(getattr(str, name), text))
            for text in texts
        ]
    )


def test_sigma_ends_words_as_in_python() -> None:
    """Each code point before and behind a sigma."""
    texts = [f"A{c}Σ{d}" for c in ODD_CHARACTERS for d in ODD_CHARACTERS]
    compare([(line_of("str.lower", [text]), partial(str.lower, text)) for text in texts])
