# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""A small evaluator over nested tuples."""


def evaluate(term, names):
    match term:
        case int() | float():
            return term
        case str(name) if name in names:
            return names[name]
        case str(name):
            raise NameError(f"no {name}")
        case ("let", str(name), value, body):
            return evaluate(body, names | {name: evaluate(value, names)})
        case ("if", condition, yes, no):
            return evaluate(yes if evaluate(condition, names) else no, names)
        case (("+" | "-" | "*") as op, left, right):
            a, b = evaluate(left, names), evaluate(right, names)
            match op:
                case "+":
                    return a + b
                case "-":
                    return a - b
                case "*":
                    return a * b
        case ("sum", *terms):
            return sum(evaluate(t, names) for t in terms)
        case _:
            raise ValueError(f"cannot evaluate {term!r}")


def main():
    print(evaluate(("+", 1, ("*", 2, 3)), {}))  # expect: 7
    print(evaluate(("let", "x", 5, ("-", "x", ("let", "x", 1, "x"))), {}))  # expect: 4
    print(evaluate(("if", ("-", 2, 2), "unknown", ("sum", 1, 2.5, "y")), {"y": 10}))  # expect: 13.5
    for bad in ("z", ("/", 1, 2), ["+", 1], {}):
        try:
            print(evaluate(bad, {}))
        except (NameError, ValueError) as error:
            print(type(error).__name__, error)
    # expect: NameError no z
    # expect: ValueError cannot evaluate ('/', 1, 2)
    # expect: ValueError cannot evaluate ['+', 1]
    # expect: ValueError cannot evaluate {}
