# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Loads images with errors in them: each is refused, or runs to its end or until it is killed.

Programs of the corpus are compiled, one to four places of the image are changed, and what the
loader takes is run. A crash, or a process that cannot be killed, is a fault of the verifier. Each
seed is printed before its run, so that the last one printed is the one to repeat:

    python tests/fuzz/image_fuzz.py FIRST COUNT
"""

from __future__ import annotations

import linecache
import pathlib
import random
import sys
import time
import types
import warnings

import pyvm
from pyvm import _code, _core

CORPUS = pathlib.Path(__file__).parent / "corpus"
MOST_HEAP = 8 << 20
SLICE = 0.02  # seconds: how long a run may take before it is killed
PATIENCE = 20.0  # seconds: for a killed process to end
OPCODES = len(_core.opcodes())


def programs():
    """Gives (text, function) of each program of the corpus."""
    found = []
    for path in sorted(CORPUS.glob("*.txt")):
        text = path.read_text()
        name = str(path)
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        module = types.ModuleType("fuzzed_" + path.stem)
        sys.modules[module.__name__] = module
        vars(module)["pyvm"] = pyvm
        exec(compile(text, name, "exec", dont_inherit=True), vars(module))
        found.append((text, pyvm.process(vars(module)["f"])))
    return found


def image_of(function):
    """Gives the image as the loader takes it."""
    return _code.image_of(function)


class Mutation:
    """Changes one place of an image at a time, in a way that a seed repeats."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def of(self, image):
        for _ in range(self.random.choice((1, 1, 1, 2, 4))):
            image = self.changed(image)
        return image

    def changed(self, image):
        head, functions, programs, rest = image[:4], list(image[4]), image[5], image[6:]
        if programs and self.random.random() < 0.05:
            return (*head, tuple(functions), self.shuffled(programs), *rest)
        place = self.random.randrange(len(functions))
        functions[place] = self.changed_function(functions[place])
        return (*head, tuple(functions), programs, *rest)

    def changed_function(self, function):
        fields = list(function)
        if self.random.random() < 0.8:
            fields[7] = self.changed_code(fields[7])
            return tuple(fields)
        place = self.random.choice((3, 4, 5, 6, 8, 9, 10))
        if place in (5, 6):
            fields[place] = max(0, fields[place] + self.random.randint(-3, 3))
        elif place == 3:
            names, positional, keyword, *rest = fields[3]
            if names:
                positional, keyword = self.random.randrange(3), self.random.randrange(3)
            fields[3] = (names, positional, keyword, *(self.random.random() < 0.2 for _ in rest))
        elif place == 10:
            fields[10] = self.changed_handlers(fields[10])
        else:
            fields[place] = self.shuffled(fields[place])
        return tuple(fields)

    def changed_code(self, code):
        size = len(code) // 8
        instructions = [
            [int.from_bytes(code[8 * i + 2 * j :][:2], "little") for j in range(4)]
            for i in range(size)
        ]
        at = self.random.randrange(size)
        kind = self.random.randrange(8)
        if kind < 4:  # a field
            field = self.random.choice((0, 1, 1, 2, 2, 3, 3))
            instructions[at][field] = self.number(instructions[at][field], field)
        elif kind == 4:
            other = self.random.randrange(size)
            instructions[at], instructions[other] = instructions[other], instructions[at]
        elif kind == 5:
            instructions[at] = list(self.random.choice(instructions))
        elif kind == 6 and size > 1:
            del instructions[at]
        else:
            instructions.insert(at, list(self.random.choice(instructions)))
        return b"".join(value.to_bytes(2, "little") for one in instructions for value in one)

    def number(self, old, field):
        if field == 0:
            return self.random.randrange(OPCODES + 1)
        near = (old + self.random.randint(-3, 3)) & 0xFFFF
        return self.random.choice(
            (near, near, self.random.randrange(12), 0, 0xFFFF, self.random.randrange(1 << 16))
        )

    def changed_handlers(self, handlers):
        made = [list(one) for one in handlers] or [[0, 1, 1, 0]]
        one = self.random.choice(made)
        place = self.random.randrange(4)
        one[place] = max(0, one[place] + self.random.randint(-4, 4))
        return tuple(map(tuple, made))

    def shuffled(self, parts):
        made = list(parts)
        if len(made) > 1 and self.random.random() < 0.7:
            self.random.shuffle(made)
        elif made:
            made.pop(self.random.randrange(len(made)))
        return tuple(made)


def run(function):
    """Spawns it and waits for its end, which comes at the latest when it is killed."""
    try:
        pid = pyvm.spawn(function, 3, "b", max_heap=MOST_HEAP)
    except TypeError:
        return  # other parameters than before
    end = time.monotonic() + SLICE
    while pyvm.is_alive(pid):
        if time.monotonic() > end:
            pyvm.exit(pid, "kill")
            end += PATIENCE
            while pyvm.is_alive(pid):
                if time.monotonic() > end:
                    raise TimeoutError("it was killed, and runs on")
                time.sleep(0.001)
        time.sleep(0)


def main(first, count):
    warnings.simplefilter("ignore")
    known = [(text, function, image_of(function)) for text, function in programs()]
    for _, function, image in known:  # as they are, they run
        vars(function)["__pyvm_code__"] = _core.load_code(image)
        run(function)
    refused = 0
    for seed in range(first, first + count):
        print("seed", seed, flush=True)
        _, function, image = known[seed % len(known)]
        try:
            code = _core.load_code(Mutation(seed).of(image))
        except ValueError:
            refused += 1
            continue
        vars(function)["__pyvm_code__"] = code
        run(function)
    print("refused", refused, "of", count)


if __name__ == "__main__":
    pyvm.start()
    main(int(sys.argv[1]), int(sys.argv[2]))
    pyvm.stop()
