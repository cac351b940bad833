#!/usr/bin/env python3
# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Runs a command that the machine keeps stopping: what a test wrongly expects of time shows.

    tools/stutter.py [--seed N] [--longest SECONDS] [--every SECONDS] COMMAND [ARG...]

The command and its process group are stopped (SIGSTOP) at random instants and continued a random time
later, as on a machine with too much to do. A test that then fails expects that two of its steps
happen within a time that nobody promised. Ends with the exit code of the command.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import subprocess
import sys
import time


def main() -> int:
    """Runs the command and gives its exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=0, help="of the instants and lengths of the stops")
    parser.add_argument("--longest", type=float, default=0.2, help="a stop lasts at most these seconds")
    parser.add_argument("--every", type=float, default=0.1, help="mean of the seconds between two stops")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    if options.command[:1] == ["--"]:
        del options.command[0]
    if not options.command:
        parser.error("no command to run")
    choose = random.Random(options.seed)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    child = subprocess.Popen(options.command, process_group=0)
    try:
        while child.poll() is None:
            time.sleep(choose.expovariate(1 / options.every))
            # Short stops are the likely ones; a long one now and then.
            length = options.longest * choose.random() ** 3
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGSTOP)
                time.sleep(length)
                os.killpg(child.pid, signal.SIGCONT)
    except KeyboardInterrupt:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGINT)
            os.killpg(child.pid, signal.SIGCONT)
    status = child.wait()
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main())
