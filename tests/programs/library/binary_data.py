# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""struct, base64, binascii and checksums."""

import base64
import binascii
import struct
import zlib


def main():
    print(struct.pack(">IhB", 1, -2, 255), struct.unpack("<HB", b"\x01\x02\x03"), struct.calcsize("<qd"), struct.calcsize(">3s2x"))
    # expect: b'\x00\x00\x00\x01\xff\xfe\xff' (513, 3) 16 5
    print(struct.pack("<f?5s", 1.5, True, b"ab"), struct.unpack_from(">H", b"\x00\x00\x01\x02", 2), struct.unpack(">2B", b"\x07\x08"))
    # expect: b'\x00\x00\xc0?\x01ab\x00\x00\x00' (258,) (7, 8)
    print(base64.b64encode(b"hello\xff"), base64.b64decode("aGVsbG//"), base64.urlsafe_b64encode(b"\xfb\xff"), base64.b32encode(b"hi"), base64.b16encode(b"\x0a"))
    # expect: b'aGVsbG//' b'hello\xff' b'-_8=' b'NBUQ====' b'0A'
    print(binascii.hexlify(b"\x01\xab"), binascii.unhexlify("01ab"), binascii.crc32(b"hello"), zlib.crc32(b"hello"), zlib.adler32(b"hello"))
    # expect: b'01ab' b'\x01\xab' 907060870 907060870 103547413
    try:
        struct.unpack("<I", b"\x01")
    except struct.error as error:
        print(error)  # expect: unpack requires a buffer of 4 bytes
    try:
        struct.pack("B", 300)
    except struct.error as error:
        print(error)  # expect: ubyte format requires 0 <= number <= 255
    try:
        base64.b64decode("abc")
    except binascii.Error as error:
        print(error)  # expect: Incorrect padding
