# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Numbers compare by value, whatever their types, and exactly."""


def main():
    print(1 == 1.0, 1 == True, 1.0 == True, 2 == True)  # expect: True True True False
    print(2**53 == float(2**53), 2**53 + 1 == float(2**53 + 1), 2**53 + 1 > float(2**53))
    # expect: True False True
    print(10**30 < 1e30, 10**30 > 1e30, 10**30 == 1e30)  # expect: True False False
    print(1 < 2 < 3, 1 < 3 < 2, 3 > 2 >= 2, 1 == 1.0 == True, 1 < 2 > 1)  # expect: True False True True True
    print(0.1 + 0.2 == 0.3, 0.5 + 0.25 == 0.75)  # expect: False True
    print(1 == "1", 1 != "1", None == 0, [1] == (1,))  # expect: False True False False
    print(min(1, 1.0), max(1.0, 1), min(True, 1), max([2.5, 2, 3]))  # expect: 1 1.0 True 3
    print({1: "a", 1.0: "b", True: "c"}, {1, 1.0, True}, {0: 1} == {0.0: 1.0})  # expect: {1: 'c'} {1} True
    print(hash(1) == hash(1.0) == hash(True), hash(2**70) == hash(float(2**70)))  # expect: True True
    print(1 in [1.0], True in (1,), "1" in [1], 3 in range(5), 3.0 in range(5), 2.5 in range(5))
    # expect: True True False True True False
    try:
        print(1 < "1")
    except TypeError as error:
        print(error)  # expect: '<' not supported between instances of 'int' and 'str'
    try:
        print(None >= 1)
    except TypeError as error:
        print(error)  # expect: '>=' not supported between instances of 'NoneType' and 'int'
    try:
        print([1] < (1,))
    except TypeError as error:
        print(error)  # expect: '<' not supported between instances of 'list' and 'tuple'
