# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Running statistics on pyvm's native schedulers; _native.pyx has the body.

`stats = pyvm.spawn(pyvm_statistics.statistics)`, then `pyvm.send(stats, ("add", 2.5))`, and
`stats.call("get")` gives (count, mean, standard deviation, least, most).
"""

import pyvm  # first: it loads libpyvm, which the module beside this file needs

from . import _native

statistics = pyvm.native(_native.statistics)

__all__ = ["statistics"]
