# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The format of integers."""


def attempt(value, spec):
    try:
        return format(value, spec)
    except (ValueError, OverflowError) as error:
        return f"{type(error).__name__}: {error}"


def main():
    print([format(42, s) for s in ("", "d", "5", "<5", ">5", "^5", "05", "+", " ", "-", "=+6")])
    # expect: ['42', '42', '   42', '42   ', '   42', ' 42  ', '00042', '+42', ' 42', '42', '+   42']
    print([format(-42, s) for s in ("", "5", "05", "+", " ", "=6", "x<6", "x^7")])
    # expect: ['-42', '  -42', '-0042', '-42', '-42', '-   42', '-42xxx', 'xx-42xx']
    print([format(255, s) for s in ("x", "X", "#x", "#X", "o", "#o", "b", "#b", "#010x", "c", "08b")])
    # expect: ['ff', 'FF', '0xff', '0XFF', '377', '0o377', '11111111', '0b11111111', '0x000000ff', 'ÿ', '11111111']
    print([format(1234567, s) for s in (",", "_", ",d", "_d", "15,", "015,", "_x", "_b", "e", ".2f", "g", "%")])
    # expect: ['1,234,567', '1_234_567', '1,234,567', '1_234_567', '      1,234,567', '000,001,234,567', '12_d687', '1_0010_1101_0110_1000_0111', '1.234567e+06', '1234567.00', '1.23457e+06', '123456700.000000%']
    print([format(2**80, s) for s in ("", ",", "x", "_x", ">30", ".3e")], format(0, "x"), format(-5, "b"))
    # expect: ['1208925819614629174706176', '1,208,925,819,614,629,174,706,176', '100000000000000000000', '1_0000_0000_0000_0000_0000', '     1208925819614629174706176', '1.209e+24'] 0 -101
    print([format(True, s) for s in ("", "d", "5", "x")])  # expect: ['True', '1', '    1', '1']
    print(attempt(1, "s"))  # expect: ValueError: Unknown format code 's' for object of type 'int'
    print(attempt(1, ".2"))  # expect: ValueError: Precision not allowed in integer format specifier
    print(attempt(1, "y"))  # expect: ValueError: Unknown format code 'y' for object of type 'int'
    print(attempt(1, ",_"))  # expect: ValueError: Cannot specify both ',' and '_'.
    print(attempt(1, ",x"))  # expect: ValueError: Cannot specify ',' with 'x'.
    print(attempt(2**21, "c"))  # expect: OverflowError: %c arg not in range(0x110000)
    print(attempt(1, "+c"))  # expect: ValueError: Sign not allowed with integer format specifier 'c'
