# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""bytes: numbers from 0 to 255."""


def attempt(function):
    try:
        return function()
    except (ValueError, TypeError, IndexError) as error:
        return f"{type(error).__name__}: {error}"


def main():
    data = b"abc"
    print(data[0], data[-1], data[1:], data[::-1], len(data), list(data), 97 in data, b"bc" in data, b"" in data)
    # expect: 97 99 b'bc' b'cba' 3 [97, 98, 99] True True True
    print(data + b"d", data * 2, 0 * data, b"a" < b"b", b"a" < b"aa", data == b"abc", data != "abc")
    # expect: b'abcd' b'abcabc' b'' True True True True
    print(bytes(3), bytes([1, 2, 255]), bytes(range(3)), bytes(b"x"), bytes())
    # expect: b'\x00\x00\x00' b'\x01\x02\xff' b'\x00\x01\x02' b'x' b''
    print(b"\x00\x7f\x80\xff", b"it's", b'"', b"\\\n\t", b"a'\"")
    # expect: b'\x00\x7f\x80\xff' b"it's" b'"' b'\\\n\t' b'a\'"'
    print(max(data), sum(data), sorted(b"bca"), [chr(n) for n in data], tuple(b"\x00\x01"))
    # expect: 99 294 [97, 98, 99] ['a', 'b', 'c'] (0, 1)
    print(hash(b"a") == hash(b"a"), {b"k": 1}[b"k"], bool(b""), bool(b"\x00"))  # expect: True 1 False True
    print(attempt(lambda: bytes([256])))  # expect: ValueError: bytes must be in range(0, 256)
    print(attempt(lambda: bytes(-1)))  # expect: ValueError: negative count
    print(attempt(lambda: data[3]))  # expect: IndexError: index out of range
    print(attempt(lambda: "a" + b"a"))  # expect: TypeError: can only concatenate str (not "bytes") to str
    print(attempt(lambda: b"a" + "a"))  # expect: TypeError: can't concat str to bytes
    print(attempt(lambda: bytes("a")))  # expect: TypeError: string argument without an encoding
