# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""A rate limiter that runs on pyvm's native schedulers; limiter.cc has the body.

`limiter = pyvm.spawn(pyvm_limiter.limiter, 100, 10)` gives 100 tokens a second, at most 10 at once;
`limiter.call(("take", 3))` returns "ok" when there are 3.
"""

import pyvm  # first: it loads libpyvm, which the module beside this file needs

from . import _native

limiter = pyvm.native(_native.limiter)

__all__ = ["limiter"]
