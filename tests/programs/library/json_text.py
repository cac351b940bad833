# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""json: values to text and back."""

import json


def attempt(text):
    try:
        return json.loads(text)
    except ValueError as error:
        return (type(error).__name__, str(error))


def main():
    value = {"a": [1, 2.5, None, True, "ä\n\"q\""], "b": {"c": {}}, "d": [], "1": -0.0}
    print(json.dumps(value), json.loads(json.dumps(value)) == value)
    # expect: {"a": [1, 2.5, null, true, "\u00e4\n\"q\""], "b": {"c": {}}, "d": [], "1": -0.0} True
    print(json.dumps(value, sort_keys=True, separators=(",", ":")), json.dumps("ä€𝄞", ensure_ascii=False), json.dumps("ä€𝄞"))
    # expect: {"1":-0.0,"a":[1,2.5,null,true,"\u00e4\n\"q\""],"b":{"c":{}},"d":[]} "ä€𝄞" "\u00e4\u20ac\ud834\udd1e"
    print(repr(json.dumps({"k": [1, {"l": 2}], "e": []}, indent=2)), json.dumps({1: 2, None: 3, True: 4, 1.5: 5}), json.dumps((1, 2)))
    # expect: '{\n  "k": [\n    1,\n    {\n      "l": 2\n    }\n  ],\n  "e": []\n}' {"1": 4, "null": 3, "1.5": 5} [1, 2]
    print(json.loads(' {"a": [1, -2.5e3, null, true, "\\u00e4\\n"]} '), json.loads("123456789012345678901234567890"), json.loads(b"[1]"))
    # expect: {'a': [1, -2500.0, None, True, 'ä\n']} 123456789012345678901234567890 [1]
    print(attempt("{"))
    # expect: ('JSONDecodeError', 'Expecting property name enclosed in double quotes: line 1 column 2 (char 1)')
    print(attempt("[1,]"))  # expect: ('JSONDecodeError', 'Expecting value: line 1 column 4 (char 3)')
    print(attempt("nul"))  # expect: ('JSONDecodeError', 'Expecting value: line 1 column 1 (char 0)')
    print(attempt("1 2"))  # expect: ('JSONDecodeError', 'Extra data: line 1 column 3 (char 2)')
    print(attempt('"a'))
    # expect: ('JSONDecodeError', 'Unterminated string starting at: line 1 column 1 (char 0)')
    print(attempt(""))  # expect: ('JSONDecodeError', 'Expecting value: line 1 column 1 (char 0)')
    print(json.dumps([float("inf"), float("nan")]), json.loads("[NaN, -Infinity]"), json.loads('{"a": 1, "a": 2}'))
    # expect: [Infinity, NaN] [nan, -inf] {'a': 2}
    try:
        json.dumps({1, 2})
    except TypeError as error:
        print(error)  # expect: Object of type set is not JSON serializable
