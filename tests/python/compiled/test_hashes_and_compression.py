# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""hashlib and zlib in compiled code: by the libraries that CPython has loaded, or by asking Python."""

import hashlib
import random
import zlib

import pytest
from library_kit import assert_alike, needs_machine

import pyvm
from pyvm import _code, _core
from pyvm.compiler.compiled import python_functions

pytestmark = needs_machine
HASHES = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "blake2s")
HASHES += ("sha3_224", "sha3_256", "sha3_384", "sha3_512")
BIG = random.Random(2).randbytes(10**7)
DATA = [b"", b"abc", b"abc" * 1000, bytes(range(256)), random.Random(1).randbytes(70_000)]


@pytest.fixture(params=["by the machine", "by Python"])
def way(request, monkeypatch):
    """Without these built-ins the compiler asks Python, as on a system that lacks the libraries."""
    if request.param == "by Python":
        monkeypatch.setattr(_code, "_BY_LIBRARIES", frozenset())
        table = {
            name: built_in
            for name, built_in in _code._BUILTINS.items()
            if not name.startswith("hashlib.") and name not in ("zlib.compress", "zlib.decompress")
        }
        monkeypatch.setattr(_code, "_builtins_with", lambda modules: table)
    elif not (_core.is_available("hashlib.digest") and _core.is_available("zlib.compress")):
        pytest.skip("there is no libcrypto or no libz here")
    return request.param


async def test_hashes(way):
    for name in HASHES:
        await assert_alike(f"(hashlib.{name}(a).hexdigest(), hashlib.{name}(a).digest())", DATA)
    assert set(HASHES) == python_functions._NATIVE_HASHES
    await assert_alike("hashlib.sha256(a).digest()", ["text", 5, None, [b"x"], True])
    await assert_alike("hashlib.blake2b(a).digest()", ["text", 5])
    await assert_alike("(a, hashlib.sha256().hexdigest(), hashlib.blake2s().digest())", [1])
    await assert_alike("hashlib.md5(a, usedforsecurity=False).hexdigest()", [b"x"])
    await assert_alike("hashlib.sha1(string=a).hexdigest()", [b"x"])
    await assert_alike("hashlib.sha1(a if a else 5).hexdigest() + '!'", [b"x", b""])


async def test_hashes_that_python_does():
    await assert_alike(
        "hashlib.blake2b(a, digest_size=b, key=b'k').hexdigest()", [(b"x", 16), (b"y", 100)]
    )
    await assert_alike("hashlib.shake_128(a).hexdigest(b)", [(b"x", 5)])
    await assert_alike("hashlib.new(b, a).hexdigest()", [(b"x", "sha1"), (b"x", "none")])


async def test_compression(way):
    await assert_alike("zlib.decompress(zlib.compress(a))", DATA)
    levels = [(one, level) for one in DATA for level in (-2, -1, 0, 1, 6, 9, 10, True)]
    await assert_alike("zlib.compress(a, b)", levels)
    await assert_alike("zlib.compress(a, level=b)", levels[:4])
    await assert_alike("hashlib.md5(zlib.compress(a, b)).digest()", [(BIG, level) for level in (0, 1)])
    bits = [(one, bits) for one in DATA[:4] for bits in (-15, -9, 0, 8, 9, 15, 25, 31, 47, 99)]
    await assert_alike("zlib.compress(a, 1, wbits=b)", bits)
    await assert_alike("zlib.compress(a)", ["x", 5, None])
    await assert_alike("zlib.compress(a, b)", [(b"x", "1"), (b"x", 1.0), (b"x", 2**40)])


async def test_decompression(way):
    made = [zlib.compress(one, level) for one in DATA for level in (0, 9)]
    cut = [one[:-3] for one in made] + [one[: len(one) // 2] for one in made]
    await assert_alike("zlib.decompress(a)", [*made, *cut, *(one + b"more" for one in made)])
    await assert_alike("zlib.decompress(a)", [b"", b"xyz", b"x\x9c", "x", 5])
    raw = [zlib.compress(one, wbits=bits) for one in DATA for bits in (-15, 31)]
    cases = [(one, bits) for one in raw for bits in (-15, 15, 31, 47, 0, 3)]
    await assert_alike("zlib.decompress(a, b)", cases)
    sizes = [(made[4], size) for size in (0, 1, 100, 10**6, -1, 2**70, "x", None)]
    await assert_alike("zlib.decompress(a, bufsize=b)", [(made[4], 2**63)])
    await assert_alike("zlib.decompress(a, bufsize=b)", sizes[:5])
    await assert_alike("zlib.decompress(a, 15, b)", sizes[-2:])


async def test_damaged_data(way):
    """Bytes changed, dropped and doubled: the same error or the same bytes."""
    chance = random.Random(7)
    damaged = []
    for _ in range(300):
        data = bytearray(zlib.compress(chance.choice(DATA[1:4]), chance.choice([0, 1, 9])))
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(data))
            data[at : at + chance.randrange(3)] = chance.randbytes(chance.randrange(3))
            data = data or bytearray(b"x")
        damaged.append(bytes(data))
    await assert_alike("zlib.decompress(a)", damaged)


@pyvm.process
def hashes_and_compresses(who, data):
    try:
        zlib.decompress(data)
    except zlib.error as error:
        pyvm.send(who, (str(error), isinstance(error, Exception)))
    pyvm.send(who, [*map(zlib.compress, [data, b""])])
    digests = [hashlib.sha256(one).hexdigest() for one in (data, b"")]
    pyvm.send(who, digests)


async def test_in_a_process():
    pyvm.spawn(hashes_and_compresses, pyvm.self(), b"data")
    text, is_exception = await pyvm.receive(timeout=10.0)
    assert text.startswith("Error -3 while decompressing data")
    assert is_exception
    assert await pyvm.receive(timeout=10.0) == [zlib.compress(b"data"), zlib.compress(b"")]
    wanted = [hashlib.sha256(one).hexdigest() for one in (b"data", b"")]
    assert await pyvm.receive(timeout=10.0) == wanted


def test_no_library_is_loaded_for_programs_without_them():
    table = _code._builtins_with(frozenset())
    assert not {"hashlib.digest", "hashlib.hexdigest", "zlib.compress"} & table.keys()
