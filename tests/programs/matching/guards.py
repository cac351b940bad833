# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Guards run in order, after their pattern, and see what it bound."""


def main():
    log = []

    def yes(tag):
        log.append(tag)
        return True

    def no(tag):
        log.append(tag)
        return False

    match 5:
        case int(n) if no(("first", n)):
            print("wrong")
        case str() if yes("never"):
            print("wrong")
        case n if n > 3 and yes(("second", n)):
            print("right", n)  # expect: right 5
        case _:
            print("wrong")
    print(log)  # expect: [('first', 5), ('second', 5)]
    match (1, 2):
        case (a, b) if a > b:
            print("falling")
        case (a, b) if (total := a + b) > 2:
            print("rising", total)  # expect: rising 3
    try:
        match 0:
            case n if 1 // n:
                print("wrong")
    except ZeroDivisionError as error:
        print(error)  # expect: integer division or modulo by zero
    for value in range(4):
        match value:
            case 0 if not value:
                continue
            case 3:
                break
            case n if n % 2 == 0:
                print("even", n)
            case _:
                print("odd", value)
    # expect: odd 1
    # expect: even 2
