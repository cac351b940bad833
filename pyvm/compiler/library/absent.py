# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""`ABSENT`: an argument that was left out, or an element that is not there."""

import enum
from typing import Final


class Absent(enum.Enum):
    """Has one member, which no program can have."""

    ABSENT = 0


ABSENT: Final = Absent.ABSENT
