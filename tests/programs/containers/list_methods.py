# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The methods of lists change them and mostly give None."""


def attempt(function):
    try:
        return function()
    except (ValueError, IndexError, TypeError) as error:
        return f"{type(error).__name__}: {error}"


def main():
    items = []
    print(items.append(1), items.extend([2, 3]), items.extend("ab"), items.extend(range(2)), items)
    # expect: None None None None [1, 2, 3, 'a', 'b', 0, 1]
    print(items.insert(0, "first"), items.insert(100, "last"), items.insert(-1, "before"), items)
    # expect: None None None ['first', 1, 2, 3, 'a', 'b', 0, 1, 'before', 'last']
    print(items.pop(), items.pop(0), items.pop(-2), items)
    # expect: last first 1 [1, 2, 3, 'a', 'b', 0, 'before']
    print(items.remove("a"), items, items.index(3), items.index(1), items.count(1), items.count("none"))
    # expect: None [1, 2, 3, 'b', 0, 'before'] 2 0 1 0
    print(items.reverse(), items, items.copy(), items.copy() is items)
    # expect: None ['before', 0, 'b', 3, 2, 1] ['before', 0, 'b', 3, 2, 1] False
    other = items
    other.append("shared")
    print(items[-1], items is other, items == other.copy())  # expect: shared True True
    print(items.clear(), items, other)  # expect: None [] []
    print(attempt(lambda: [].pop()))  # expect: IndexError: pop from empty list
    print(attempt(lambda: [1].pop(5)))  # expect: IndexError: pop index out of range
    print(attempt(lambda: [1].remove(2)))  # expect: ValueError: list.remove(x): x not in list
    print(attempt(lambda: [1].index(2)))  # expect: ValueError: 2 is not in list
    print(attempt(lambda: [1, 2, 1].index(1, 1)), attempt(lambda: [1, 2].index(1, 1, 2)))
    # expect: 2 ValueError: 1 is not in list
    print(attempt(lambda: [].extend(5)))  # expect: TypeError: 'int' object is not iterable
