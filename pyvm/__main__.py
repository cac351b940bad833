# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""`python -m pyvm` is the `pyvm` command."""

import sys

from pyvm.cli import main

if __name__ == "__main__":
    sys.exit(main())
