# Copyright the pyvm authors. SPDX-License-Identifier: Apache-2.0
"""The table of medians, and baselines: measurements kept in a file to compare with later."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.catalog import higher_is_better
from benchmarks.measure import Measurement

Key = tuple[str, str, str]  # workload, metric, label of the system


def number(value: float) -> str:
    """With as many digits as mean something."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def medians(measurements: Iterable[Measurement]) -> dict[Key, float]:
    """The median over the runs."""
    values: dict[Key, list[float]] = {}
    for m in measurements:
        values.setdefault((m.workload, m.metric, m.label), []).append(m.value)
    return {key: statistics.median(vs) for key, vs in values.items()}


def ahead(unit: str, ours: float, theirs: float) -> str:
    """How far `ours` is ahead of `theirs`, whichever way is better: above 1 is ahead."""
    if ours <= 0 or theirs <= 0:
        return "-"
    return f"{ours / theirs if higher_is_better(unit) else theirs / ours:.2f}x"


def table(measurements: Sequence[Measurement], baseline: Sequence[Measurement] = ()) -> str:
    """A row a metric and system: median, spread, how far each body of pyvm is ahead of it.

    With a baseline, also how far it is ahead of its own saved median.
    """
    middle, then = medians(measurements), medians(baseline)
    bodies = list(dict.fromkeys(m.label for m in measurements if m.system == "pyvm"))
    heads = ["workload", "metric", "unit", "system", "median", "min..max"]
    heads += [f"{body} ahead" for body in bodies] + (["ahead of saved"] if baseline else [])
    rows = [heads]
    groups: dict[Key, list[Measurement]] = {}
    for m in measurements:
        groups.setdefault((m.workload, m.metric, m.label), []).append(m)
    order = {key: i for i, key in enumerate(dict.fromkeys(key[:2] for key in groups))}
    for key in sorted(groups, key=lambda key: order[key[:2]]):
        workload, metric, label = key
        unit = groups[key][0].unit
        values = [m.value for m in groups[key]]
        row = [workload, metric, unit, label, number(middle[key])]
        row.append(f"{number(min(values))}..{number(max(values))}")
        for body in bodies:
            ours = middle.get((workload, metric, body))
            row.append("" if ours is None or body == label else ahead(unit, ours, middle[key]))
        if baseline:
            row.append(ahead(unit, middle[key], then[key]) if key in then else "-")
        rows.append(row)
    widths = [max(len(row[i]) for row in rows) for i in range(len(heads))]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if i >= 4 else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "-" * max(map(len, lines)))
    return "\n".join(lines)


def save(path: Path, measurements: Iterable[Measurement]) -> None:
    """Keeps the measurements as a baseline, one line of JSON each."""
    path.write_text("".join(m.to_json() + "\n" for m in measurements))


def load(path: Path) -> list[Measurement]:
    """A baseline that `save` wrote.

    Raises:
        ValueError: The file is not one.
    """
    try:
        return [Measurement(**json.loads(line)) for line in path.read_text().splitlines() if line]
    except (TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} is not a baseline written by --save: {error}") from error
