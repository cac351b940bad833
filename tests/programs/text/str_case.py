# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Upper and lower case, also past ASCII."""


def main():
    print("Hello World".upper(), "Hello World".lower(), "hello world".title(), "hELLO".capitalize())
    # expect: HELLO WORLD hello world Hello World Hello
    print("Hello".swapcase(), "Straße".upper(), "STRASSE".casefold(), "Straße".casefold())
    # expect: hELLO STRASSE strasse strasse
    print("äÖü".upper(), "ÀÉ".lower(), "ΑΣ".lower(), "ǆ".title(), "ﬁ".upper())  # expect: ÄÖÜ àé ας ǅ FI
    print("ABC".isupper(), "abc".islower(), "Abc".isupper(), "A1".isupper(), "1".isupper(), "".islower())
    # expect: True True False True False False
    print("Hello World".istitle(), "Hello world".istitle(), "they're".title(), "x1y".title())
    # expect: True False They'Re X1Y
    print("İ".lower() == "i̇", len("ŉ".upper()), "ß".upper())  # expect: True 2 SS
