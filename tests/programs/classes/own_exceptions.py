# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Exceptions of the program's own, with attributes and bases."""


class AppError(Exception):
    def __init__(self, code, *details):
        super().__init__(code, *details)
        self.code = code

    def is_fatal(self):
        return self.code >= 500


class NotFound(AppError, LookupError):
    def __init__(self, what):
        super().__init__(404, what)
        self.what = what

    def __str__(self):
        return f"no {self.what}"


class Quiet(Exception):
    pass


def attempt(function):
    try:
        function()
    except NotFound as error:
        return ("not found", str(error), error.code, error.is_fatal(), error.args)
    except AppError as error:
        return ("app", error.code, error.is_fatal(), error.args)
    except LookupError:
        return "lookup"
    except Exception as error:
        return (type(error).__name__, str(error), repr(error))


def throw(error):
    raise error


def main():
    print(attempt(lambda: throw(NotFound("key"))))
    # expect: ('not found', 'no key', 404, False, (404, 'key'))
    print(attempt(lambda: throw(AppError(500, "down"))))  # expect: ('app', 500, True, (500, 'down'))
    print(attempt(lambda: throw(Quiet("a", 1))), attempt(lambda: throw(Quiet)), attempt(lambda: {}["k"]))
    # expect: ('Quiet', "('a', 1)", "Quiet('a', 1)") ('Quiet', '', 'Quiet()') lookup
    try:
        try:
            throw(Quiet("inner"))
        except Quiet as error:
            raise NotFound("outer") from error
    except LookupError as error:
        print(type(error).__name__, error, repr(error.__cause__), isinstance(error, AppError))
        # expect: NotFound no outer Quiet('inner') True
    print(repr(NotFound("x")), str(Quiet()), repr(Quiet(1)))  # expect: NotFound(404, 'x')  Quiet(1)
