# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""del of names, items and slices."""


def unbound(when):
    x = 1
    if when:
        del x
    try:
        return x
    except UnboundLocalError as error:
        return type(error).__name__


def main():
    print(unbound(False), unbound(True))  # expect: 1 UnboundLocalError
    items, d = [1, 2, 3, 4], {"a": 1, "b": {"c": 2}}
    del items[0], d["a"], d["b"]["c"]
    print(items, d)  # expect: [2, 3, 4] {'b': {}}
    del items[1:]
    print(items)  # expect: [2]
    try:
        del d["none"]
    except KeyError as error:
        print(error)  # expect: 'none'
    for n in range(2):
        pass
    del n
    try:
        n
    except NameError as error:
        print(isinstance(error, UnboundLocalError))  # expect: True
    try:
        del (1, 2)[0]
    except TypeError as error:
        print(error)  # expect: 'tuple' object doesn't support item deletion
    try:
        del "ab"[0]
    except TypeError as error:
        print(error)  # expect: 'str' object doesn't support item deletion
