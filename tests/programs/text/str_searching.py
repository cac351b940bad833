# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""find, index, count, and the ends of a string."""


def main():
    text = "the cat and the hat"
    print(text.find("the"), text.find("the", 1), text.find("dog"), text.find("cat", 0, 5))
    # expect: 0 12 -1 -1
    print(text.rfind("the"), text.rfind("the", 0, 10), text.rfind("x"))  # expect: 12 0 -1
    print(text.index("cat"), text.rindex("t"), text.count("t"), text.count("the"), text.count("t", 5))
    # expect: 4 18 4 2 3
    print("aaaa".count("aa"), "abc".count(""), "".count(""), "".find(""), "abc".find("", 3), "abc".find("", 4))
    # expect: 2 4 1 0 3 -1
    print(text.startswith("the"), text.startswith("cat", 4), text.startswith(("a", "t")), text.startswith(""))
    # expect: True True True True
    print(text.endswith("hat"), text.endswith(("cat", "hat")), text.endswith("cat", 0, 7), text.endswith(()))
    # expect: True True True False
    print("cat" in text, "dog" not in text, "a\x00b".find("\x00"), "ääöä".rfind("ä"), "ääöä".find("ö"))
    # expect: True True 1 3 2
    try:
        text.index("dog")
    except ValueError as error:
        print(error)  # expect: substring not found
    print("%d" % text.find("hat"), text.find("a", -3), text.find("a", -100, 100))  # expect: 16 17 5
