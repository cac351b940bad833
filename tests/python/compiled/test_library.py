# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""json, base64 and binascii give what CPython's give; random and time are the process's own."""

import hashlib
import io
import json
import math
import random
import time
import zlib

import pytest
from library_kit import assert_alike, needs_machine
from process_kit import take
from support import define

import pyvm
from pyvm import send, spawn

pytestmark = needs_machine

VALUES = [
    None,
    True,
    0,
    -5,
    10**40,
    1.0,
    1e16,
    1e-7,
    -0.0,
    math.inf,
    -math.inf,
    math.nan,
    "",
    "abc",
    'q"\\/',
]
VALUES += [
    "\x00\x1f\x7f\x80",
    "äöü",
    "\U0001f600 x",
    "\n\r\t\b\f",
    [],
    {},
    [[]],
    [1, [2, {"a": (3,)}]],
    (1, 2),
]
VALUES += [
    {"a": 1, "b": [True, None]},
    {1: 2, 1.5: 3, False: 5},
    {None: 4},
    {"ä": {"x": {}}},
    {"b": 1, "a": 2, "c": {"z": 1, "y": 2}},
]
VALUES += [{1, 2}, b"x", {"k": {1}}, {(1,): 2}, {"a": 1, 2: 3}, [1, {"x": [b""]}]]


async def test_dumps():
    cases = [(one,) for one in VALUES]
    await assert_alike("json.dumps(a)", cases)
    await assert_alike("json.dumps(a, ensure_ascii=False)", cases)
    await assert_alike("json.dumps(a, sort_keys=True, allow_nan=False)", cases)
    await assert_alike("json.dumps(a, skipkeys=True, separators=(',', ':'))", cases)
    for indent in (0, 2, -1, True, "\t", ""):
        await assert_alike("json.dumps(a, indent=b)", [(one, indent) for one in VALUES])
        await assert_alike(
            "json.dumps(a, indent=b, skipkeys=True, sort_keys=True, separators=[';', '='])",
            [(one, indent) for one in VALUES],
        )
    await assert_alike(
        "json.dumps(a, separators=b)", [(1, (1, 2)), (1, ("a",)), (1, ("a", "b", "c")), (1, 5)]
    )


TEXTS = [
    "",
    " ",
    "1",
    " 1 ",
    "-",
    "-0",
    "01",
    "1.",
    "1.5",
    "1.5e",
    "1e5",
    "1E+5",
    "1e-",
    "1.e5",
    ".5",
    "1e999",
    "-1e999",
]
TEXTS += [
    "12345678901234567890123",
    "null",
    "nul",
    "true",
    "tru",
    "false",
    "NaN",
    "Infinity",
    "-Infinity",
    "-Inf",
    "nan",
]
TEXTS += [
    '"',
    '"a',
    '"a"',
    '"\\',
    '"\\n"',
    '"\\x"',
    '"\\u"',
    '"\\u12"',
    '"\\u00e4"',
    '"\\u00e4',
    '"\\ud83d\\ude00"',
]
TEXTS += [
    '"\\ud83d\\u12x4 "',
    '"\x01"',
    '"a\nb"',
    '"äöü"',
    '"ä\\"ö\\u00fc"',
    "[",
    "[]",
    "[1",
    "[1,",
    "[1,]",
    "[1 2]",
    "[1,2]",
    "[,]",
    "]",
]
TEXTS += [
    "{",
    "{}",
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    '{"a":1,}',
    '{"a":1 "b":2}',
    '{"a" 1}',
    "{1:2}",
    "{a:1}",
    '{"a":1,"b":[{}]}',
    "{,}",
]
TEXTS += [
    '{"a":1,"a":2,"b":3}',
    "\n\n  [1,\n 2, x]",
    'ä\n"',
    '["ä",\n"ö" x]',
    "1 2",
    '{"a": {"b": ]}}',
    "\ufeff1",
    "[[[[",
    "[{}, {]",
]


async def test_loads():
    await assert_alike("json.loads(a)", [*TEXTS, 5, None, [1]])
    await assert_alike("json.loads(a)", [text.encode() for text in TEXTS])
    await assert_alike("json.loads(a)", [b"\xff", b'"\xc3"'])


SURROGATES = ("\\ud83d", "\\ude00", "\\ud83d\\ude00")


async def test_loads_what_was_spoiled():
    rng = random.Random(7)
    good = [
        json.dumps(one, indent=indent, ensure_ascii=ascii_only)
        for one in VALUES[:-6]
        for indent in (None, 1)
        for ascii_only in (True, False)
    ]
    spoiled = list(good)
    for _ in range(2000):
        text = rng.choice(good)
        place = rng.randrange(len(text) + 1)
        spoiled.append(
            text[:place]
            + rng.choice(["", *'{}[]",:\\u0e-. 1\n'])
            + text[place + rng.randrange(2) :]
        )
    # Lone surrogates are refused, which CPython does not.
    texts = [one for one in spoiled if len({one.count(part) for part in SURROGATES}) == 1]
    await assert_alike("json.loads(a)", texts)


@pyvm.process
def nested(who, depth):
    text = "[" * depth + "]" * depth
    try:
        send(who, len(json.dumps(json.loads(text))))
    except RecursionError as error:
        send(who, str(error))
    items = []
    items.append(items)
    try:
        json.dumps(items)
    except ValueError as error:
        send(who, str(error))
    try:
        json.loads("[1,")
    except ValueError as error:
        send(who, str(error))


async def test_json_of_any_depth_is_no_crash():
    spawn(nested, pyvm.self(), 500)
    assert await take(int) == 1000
    assert await take(str) == "Circular reference detected"
    assert await take(str) == "Expecting value: line 1 column 4 (char 3)"
    spawn(nested, pyvm.self(), 100_000)
    assert (await take(str)).startswith("maximum recursion depth exceeded while decoding")


BYTES = [b"", b"a", b"ab", b"abc", b"abcd", b"abcde", bytes(range(256)), b"\xff\xfe\xfd" * 5]
LETTERS = [
    "",
    "=",
    "QQ==",
    "QQ=",
    "QQ",
    "Q",
    "QUI=",
    "QUJD",
    "QUJDRA==",
    "Q Q = =",
    "QQ==x",
    "Q\nQ==",
    "-_-_",
    "+/+/",
    "QUJDR",
    "=QQ",
    "QQ=Q",
    "ä",
    "QQ====",
]


ENCODERS = ["b16encode", "b32encode", "b32hexencode", "b64encode", "standard_b64encode"]
ENCODERS += ["urlsafe_b64encode"]


async def test_base64():
    for name in ENCODERS:
        await assert_alike(f"base64.{name}(a)", [*BYTES])
    await assert_alike("base64.b64encode(a)", ["x", 5, None])
    await assert_alike(
        "base64.b64encode(a, b)", [(b"\xff\xfe\xfd", b"-_"), (b"x", b"-"), (b"x", None), (b"x", 5)]
    )
    for name in ("b64decode", "standard_b64decode", "urlsafe_b64decode"):
        await assert_alike(
            f"base64.{name}(a)", [*LETTERS, *(one.encode() for one in LETTERS), 5, None]
        )
    await assert_alike("base64.b64decode(a, validate=True)", [*LETTERS])
    await assert_alike("base64.b64decode(a, b)", [("-_-_", "-_"), ("++//", b"/+"), ("QQ==", "x")])
    hexes = ["", "0", "00", "fF", "FF", "0g", "GG", b"0a", "ä", 5]
    await assert_alike("base64.b16decode(a)", hexes)
    await assert_alike("base64.b16decode(a, True)", hexes)
    texts = [
        "",
        "ME======",
        "MFRA====",
        "MFRGG===",
        "MFRGGZA=",
        "MFRGGZDF",
        "mfrggzdf",
        "MFRGGZD",
        "M1======",
        "M=======",
        "MFRGGZD1",
        "========",
        b"MFRGGZDF",
    ]
    for name in ("b32decode", "b32hexdecode"):
        await assert_alike(f"base64.{name}(a)", texts)
        await assert_alike(f"base64.{name}(a, True)", texts)
    await assert_alike(
        "base64.b32decode(a, False, b)", [("M1======", "L"), ("M0======", b"I"), ("M1======", "LI")]
    )


async def test_binascii():
    await assert_alike(
        "(binascii.hexlify(a), binascii.b2a_base64(a), binascii.b2a_base64(a, newline=False), a.hex())",
        BYTES,
    )
    await assert_alike("binascii.hexlify(a, b, c)", [(b"abcdef", ":", 2), (b"abcdef", b"-", -4)])
    await assert_alike("binascii.unhexlify(a)", ["", "0", "00", "fF", "0g", b"0a", "ä", 5])
    await assert_alike("binascii.a2b_base64(a)", [*LETTERS, 5])
    await assert_alike("binascii.a2b_base64(a, strict_mode=True)", LETTERS)
    await assert_alike("bytes.fromhex(a)", ["", "00 ff", "0", "zz"])


FORMATS = ["b", "B", "h", "H", "i", "I", "l", "L", "q", "Q", "n", "N", "P"]
NUMBERS = [
    0,
    1,
    -1,
    127,
    128,
    -128,
    -129,
    255,
    256,
    2**15,
    2**16,
    -(2**15),
    2**31,
    2**32,
    -(2**31),
    2**63,
    -(2**63),
    2**64,
    True,
    1.5,
    "x",
]
FLOATS = [
    0.0,
    -0.0,
    1.0,
    -2.5,
    1e-8,
    6e-8,
    5.96e-8,
    2**-14,
    2**-15,
    65504.0,
    65519.0,
    65520.0,
    1e300,
    3.5e38,
    float("inf"),
    float("nan"),
    1,
    10**400,
    "x",
]


@pytest.mark.parametrize("prefix", ["", "@", "=", "<", ">", "!"])
async def test_struct(prefix):
    for letter in FORMATS:
        await assert_alike("struct.pack(a, b)", [(prefix + letter, one) for one in NUMBERS])
        await assert_alike(
            "struct.unpack(a, b)",
            [
                (prefix + letter, bytes([255, 1, 2, 3, 4, 5, 6, 254][:size]))
                for size in (1, 2, 4, 8)
            ],
        )
    for letter in "efd":
        await assert_alike("struct.pack(a, b)", [(prefix + letter, one) for one in FLOATS])
        await assert_alike(
            "struct.unpack(a, b)",
            [(prefix + letter, bytes([3, 60, 2, 3, 4, 5, 6, 254][:size])) for size in (2, 4, 8)],
        )
    layouts = [
        "bi",
        "i0q",
        "x",
        "i x b",
        "3s2p",
        "0i",
        "",
        " ",
        "z",
        "3",
        "2",
        "bhilqx",
        "2h3s",
        "99999999999999999999i",
        "q" * 3,
        "0s",
        "5p",
        5,
        b"i",
    ]
    await assert_alike(
        "struct.calcsize(a)", [prefix + one if isinstance(one, str) else one for one in layouts]
    )
    await assert_alike(
        "struct.pack(a, b, c)",
        [
            (prefix + "bi", 1, 2),
            (prefix + "5s3p", b"abc", b"abcdef"),
            (prefix + "c?", b"x", []),
            (prefix + "cs", "a", "b"),
            (prefix + "i", 1, 2),
        ],
    )
    await assert_alike(
        "struct.unpack(a, b)",
        [
            (prefix + "3p?2c", b"\5ab\2cd"),
            (prefix + "2sx0sb", b"abcd"),
            (prefix + "i", "abcd"),
            (prefix + "i", b"abc"),
            (prefix + "2e", b"\0\x7c\1\x7c"),
            (prefix + "2e", b"\1\0\xff\x83"),
        ],
    )
    await assert_alike(
        "struct.unpack_from(a, b, c)",
        [(prefix + "i", b"abcdef", offset) for offset in (0, 1, 2, 3, 5, 99, -4, -2, -9)],
    )


async def test_checksums():
    texts = [b"", b"a", b"abc" * 5000, bytes(range(256)), b"\xff" * 20_000, "x"]
    for name in ("zlib.crc32", "zlib.adler32", "binascii.crc32"):
        await assert_alike(f"{name}(a)", texts)
        starts = [0, 1, 123456789, -1, 2**40 + 7, -(2**70), "y"]
        await assert_alike(f"{name}(a, b)", [(b"some bytes", start) for start in starts])


@pyvm.process
def reads_json(who, texts):
    for text in texts:
        try:
            send(who, ("read", json.loads(text)))
        except json.JSONDecodeError as error:
            send(who, ("bad", str(error)))


async def test_the_class_of_json_errors_is_known():
    spawn(reads_json, pyvm.self(), ["[1]", "[1"])
    assert await take(tuple) == ("read", [1])
    assert await take(tuple) == ("bad", "Expecting ',' delimiter: line 1 column 3 (char 2)")


@pytest.mark.parametrize(
    ("body", "cure"),
    [
        ("return hashlib.sha256(x)", "hexdigest"),
        ("return hashlib.blake2b", "hexdigest"),
        ("time.sleep(x)", "pyvm.sleep"),
        ("return json.dumps(x, default=repr)", "default"),
        ("return zlib.compressobj()", "pyvm.python"),
    ],
)
def test_what_is_not_there_is_refused_with_a_cure(body, cure):
    names = {"hashlib": hashlib, "time": time, "json": json, "zlib": zlib}
    function = define(f"def f(x):\n    {body}\n", **names)["f"]
    with pytest.raises(pyvm.CompileError, match=cure):
        pyvm.explain(pyvm.process(function))


def test_explain_prints_the_instructions_beside_the_source(capsys):
    function = define("def f(x):\n    return x + 1\n")["f"]
    pyvm.explain(function)
    printed = capsys.readouterr().out
    assert "return x + 1" in printed
    assert "AddInt" in printed
    text = io.StringIO()
    pyvm.explain(pyvm.process(function), file=text)
    assert text.getvalue() == printed
    assert capsys.readouterr().out == ""
