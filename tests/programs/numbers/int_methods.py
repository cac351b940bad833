# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""What an integer knows of itself."""


def main():
    print((0).bit_length(), (255).bit_length(), (-256).bit_length(), (2**100).bit_length())
    # expect: 0 8 9 101
    print((0).bit_count(), (255).bit_count(), (-255).bit_count(), (2**100 - 1).bit_count())
    # expect: 0 8 8 100
    print((1024).to_bytes(2, "big"), (1024).to_bytes(4, "little"))  # expect: b'\x04\x00' b'\x00\x04\x00\x00'
    print((-2).to_bytes(2, "big", signed=True), (255).to_bytes())  # expect: b'\xff\xfe' b'\xff'
    print(int.from_bytes(b"\x04\x00", "big"), int.from_bytes(b"\x04\x00", "little"))  # expect: 1024 4
    print(int.from_bytes(b"\xff\xfe", "big", signed=True), int.from_bytes(b"", "big"))  # expect: -2 0
    print((7).as_integer_ratio(), (7).numerator, (7).denominator)  # expect: (7, 1) 7 1
    print((7).conjugate(), (7).real, (7).imag)  # expect: 7 7 0
    try:
        print((256).to_bytes(1, "big"))
    except OverflowError as error:
        print(error)  # expect: int too big to convert
    try:
        print((-1).to_bytes(1, "big"))
    except OverflowError as error:
        print(error)  # expect: can't convert negative int to unsigned
