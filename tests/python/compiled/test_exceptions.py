# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""try, raise, and what comes after them."""

import textwrap

import pytest
from support import assert_same

BODIES = """
try:
    return 10 // a
except ZeroDivisionError:
    return 'zero'
---
try:
    t(1)
except (KeyError, ValueError) as e:
    return str(e)
except TypeError:
    return 2
else:
    return 'else'
finally:
    log.append('f')
---
try:
    t(0)
except:
    return 1
else:
    t(2)
finally:
    log.append('f')
---
try:
    try:
        t(1)
    finally:
        log.append(1)
except ValueError as e:
    log.append(e.args)
return log
---
try:
    return t(0)
finally:
    log.append(1)
---
try:
    return 1
finally:
    return 2
---
try:
    t(1)
finally:
    return 2
---
for i in range(4):
    try:
        if i == a:
            continue
        if i == 2:
            break
        log.append(i)
    finally:
        log.append('f')
else:
    log.append('e')
return log
---
while True:
    try:
        try:
            break
        finally:
            log.append(1)
    finally:
        log.append(2)
return log
---
while True:
    try:
        t(1)
    finally:
        break
return log
---
for i in [1, 2]:
    try:
        t(i)
    except ValueError:
        continue
    log.append('not')
return log
---
try:
    t(1)
except ValueError as e:
    pass
return e
---
e = 1
try:
    t(1)
except ValueError as e:
    del e
return e
---
try:
    try:
        t(1)
    except ValueError as e:
        t(2)
except KeyError:
    pass
return e
---
try:
    try:
        t(1)
    except ValueError as e:
        raise KeyError('x') from e
except KeyError as k:
    return repr(k.__cause__)
---
try:
    try:
        t(1)
    except ValueError:
        log.append(1)
        raise
except ValueError as e:
    return log, str(e)
---
try:
    raise ValueError
except ValueError as e:
    return e.args
---
raise ValueError('x', a) from KeyError(1)
---
raise ValueError from None
---
raise 5
---
raise ValueError('x') from 5
---
try:
    t(1)
except 5:
    pass
---
try:
    t(0)
except TypeError if a > 100 else KeyError:
    pass
---
try:
    x = 1
    t(1)
    x = 2
except ValueError:
    return x
---
try:
    x = t(1)
except ValueError:
    pass
return x
---
x = 5
try:
    x = t(0) or t(1)
except ValueError:
    pass
return x
---
x = 5
try:
    x = [t(0), t(1)]
except ValueError:
    pass
return x
---
x = 5
try:
    x = t(0) < t(5) < t(1)
except ValueError:
    pass
return x
---
x = 5
try:
    x = [t(i) for i in range(3)]
except ValueError:
    pass
return x
---
def g():
    try:
        return t(1)
    except ValueError as e:
        return lambda: e
return g()()
---
try:
    assert a, 'm'
except AssertionError as e:
    return e.args
---
try:
    try:
        raise KeyError(1)
    except KeyError:
        try:
            t(1)
        except ValueError:
            pass
        raise
except KeyError as e:
    return e.args
---
def g():
    for i in range(3):
        try:
            for j in range(3):
                try:
                    if j == 1:
                        return (i, j, log)
                finally:
                    log.append(j)
        finally:
            log.append('i')
return g(), log
---
try:
    pass
finally:
    x = 1
return x
---
try:
    return [t(0), log][1]
finally:
    log = 5
""".strip().split("\n---\n")


START = """
def f(a):
    log = []

    def t(n):
        if n:
            raise ValueError(n)
        return n

"""


@pytest.mark.parametrize("body", BODIES)
def test_a_body_does_the_same(body):
    assert_same(START + textwrap.indent(body, "    "), (0,), (1,), (3,))
