# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""Stand-ins for what itertools makes of finite iterables: an iterator over what is computed at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pyvm.compiler.library.absent import ABSENT

_Test = Callable[[Any], Any]
_MOST = (1 << 63) - 1
_WANTED = "for islice() must be None or an integer: 0 <= x <= sys.maxsize."


def chain(*iterables: Iterable[Any]) -> Iterator[Any]:
    """itertools.chain."""
    return iter([item for iterable in iterables for item in iterable])


def chain_from_iterable(iterables: Iterable[Iterable[Any]], /) -> Iterator[Any]:
    """itertools.chain.from_iterable."""
    return iter([item for iterable in iterables for item in iterable])


def islice(iterable: Iterable[Any], bound: int | None, /, *bounds: int | None) -> Iterator[Any]:
    """itertools.islice: takes no more of an iterator than it must."""
    if len(bounds) > 2:
        raise TypeError(f"islice expected at most 4 arguments, got {2 + len(bounds)}")
    start, stop, step = (bound, *bounds, None)[:3] if bounds else (None, bound, None)
    if stop is not None and (not isinstance(stop, int) or stop == -1 or stop > _MOST):
        raise ValueError(f"Stop argument {_WANTED}")
    is_place = start is None or (isinstance(start, int) and 0 <= start <= _MOST)
    if not is_place or (stop is not None and stop < 0):
        raise ValueError(f"Indices {_WANTED}")
    if step is not None and not (isinstance(step, int) and 1 <= step <= _MOST):
        raise ValueError("Step for islice() must be a positive integer or None.")
    return iter(_sliced(iter(iterable), start or 0, stop, step or 1))


def _sliced(items: Iterator[Any], start: int, stop: int | None, step: int) -> list[Any]:
    taken: list[Any] = []
    place, wanted = 0, start
    while stop is None or place < stop or (place < wanted == start and stop > 0):
        item = next(items, ABSENT)
        if item is ABSENT:
            break
        if place == wanted and (stop is None or place < stop):
            taken.append(item)
            wanted += step
        place += 1
    return taken


def accumulate(
    iterable: Iterable[Any],
    func: Callable[[Any, Any], Any] | None = None,
    *,
    initial: Any = None,
) -> Iterator[Any]:
    """itertools.accumulate."""
    items = iter(iterable)
    total = next(items, ABSENT) if initial is None else initial
    if total is ABSENT:
        return iter([])
    totals = [total]
    for item in items:
        total = total + item if func is None else func(total, item)
        totals.append(total)
    return iter(totals)


def product(*iterables: Iterable[Any], repeat: int = 1) -> Iterator[tuple[Any, ...]]:
    """itertools.product."""
    if repeat < 0:
        raise ValueError("repeat argument cannot be negative")
    rows: list[tuple[Any, ...]] = [()]
    pools = [tuple(iterable) for iterable in iterables] if repeat else []
    for pool in pools * repeat:
        rows = [(*row, item) for row in rows for item in pool]
    return iter(rows)


def permutations(iterable: Iterable[Any], r: int | None = None) -> Iterator[tuple[Any, ...]]:
    """itertools.permutations."""
    pool = tuple(iterable)
    size = len(pool) if r is None else _size(r, "r must be non-negative")
    chosen: list[tuple[int, ...]] = [()]
    for _ in range(size):
        chosen = [(*row, i) for row in chosen for i in range(len(pool)) if i not in row]
    return iter([tuple([pool[i] for i in row]) for row in chosen])


def combinations(iterable: Iterable[Any], r: int) -> Iterator[tuple[Any, ...]]:
    """itertools.combinations."""
    return _ascending(tuple(iterable), r, 1)


def combinations_with_replacement(iterable: Iterable[Any], r: int) -> Iterator[tuple[Any, ...]]:
    """itertools.combinations_with_replacement."""
    return _ascending(tuple(iterable), r, 0)


def _ascending(pool: tuple[Any, ...], r: int, step: int) -> Iterator[tuple[Any, ...]]:
    """The tuples of r places in the pool, each at least `step` behind the one before it."""
    rows: list[tuple[int, ...]] = [()]
    for left in range(_size(r, "r must be non-negative"), 0, -1):
        end = len(pool) - (left - 1) * step
        rows = [(*row, i) for row in rows for i in range(row[-1] + step if row else 0, end)]
    return iter([tuple([pool[i] for i in row]) for row in rows])


def _size(number: int, message: str) -> int:
    if number < 0:
        raise ValueError(message)
    return number


def zip_longest(*iterables: Iterable[Any], fillvalue: Any = None) -> Iterator[tuple[Any, ...]]:
    """itertools.zip_longest."""
    columns = [list(iterable) for iterable in iterables]
    size = max([len(column) for column in columns], default=0)
    for column in columns:
        column.extend([fillvalue] * (size - len(column)))
    return zip(*columns)


def takewhile(predicate: _Test, iterable: Iterable[Any], /) -> Iterator[Any]:
    """itertools.takewhile."""
    taken = []
    for item in iterable:
        if not predicate(item):
            break
        taken.append(item)
    return iter(taken)


def dropwhile(predicate: _Test, iterable: Iterable[Any], /) -> Iterator[Any]:
    """itertools.dropwhile."""
    items = iter(iterable)
    for item in items:
        if not predicate(item):
            return iter([item, *items])
    return iter([])


def filterfalse(predicate: _Test | None, iterable: Iterable[Any], /) -> Iterator[Any]:
    """itertools.filterfalse."""
    if predicate is None:
        return iter([item for item in iterable if not item])
    return iter([item for item in iterable if not predicate(item)])


def starmap(function: Callable[..., Any], iterable: Iterable[Iterable[Any]], /) -> Iterator[Any]:
    """itertools.starmap."""
    return iter([function(*tuple(arguments)) for arguments in iterable])


def groupby(iterable: Iterable[Any], key: _Test | None = None) -> Iterator[tuple[Any, Any]]:
    """itertools.groupby: each group is an iterator of its own."""
    groups: list[tuple[Any, list[Any]]] = []
    for item in iterable:
        at = item if key is None else key(item)
        if groups and (groups[-1][0] is at or groups[-1][0] == at):
            groups[-1][1].append(item)
        else:
            groups.append((at, [item]))
    return iter([(at, iter(group)) for at, group in groups])


def pairwise(iterable: Iterable[Any], /) -> Iterator[tuple[Any, Any]]:
    """itertools.pairwise."""
    items = list(iterable)
    return iter([(items[place - 1], items[place]) for place in range(1, len(items))])


def repeat(object: Any, times: int) -> Iterator[Any]:
    """itertools.repeat, with times."""
    return iter([object] * times)


def compress(data: Iterable[Any], selectors: Iterable[Any]) -> Iterator[Any]:
    """itertools.compress."""
    return iter([item for item, selected in zip(data, selectors) if selected])


def tee(iterable: Iterable[Any], n: int = 2, /) -> tuple[Iterator[Any], ...]:
    """itertools.tee."""
    items = list(iterable)
    return tuple([iter(items) for _ in range(_size(n, "n must be >= 0"))])
