"""A measured figure beside what was promised, and the machine it was measured on."""

import math
import os
import platform
import sys
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One measured figure.

    Attributes:
        target: what is promised; `None` for a figure that only explains another.
        is_least: whether the target is the least (else the most) that will do.
    """

    name: str
    value: float
    unit: str
    target: float | None = None
    is_least: bool = True

    @property
    def is_reached(self) -> bool:
        """Whether the promise holds in this run."""
        if self.target is None:
            return True
        return self.value >= self.target if self.is_least else self.value <= self.target

    def line(self) -> str:
        """As it is printed."""
        text = f"  {self.name:<58} {self.value:>12,.2f} {self.unit:<10}"
        if self.target is None:
            return text.rstrip()
        sign = "≥" if self.is_least else "≤"
        return f"{text} {sign} {self.target:g}  {'reached' if self.is_reached else 'MISSED'}"


def print_figures(title: str, figures: Iterable[Figure]) -> None:
    """Print a group of figures."""
    print(f"\n{title}")
    for figure in figures:
        print(figure.line())
    sys.stdout.flush()


def percentile(values: Collection[float], part: float) -> float:
    """The value that this part of all values does not exceed."""
    return sorted(values)[max(0, math.ceil(part * len(values)) - 1)]


def describe_machine() -> str:
    """What it was measured on."""
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        "?",
    )
    memory = next(
        (int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0
    )
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} × {model}, {memory / 1024**2:.0f} GB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, load {load:.1f} before the run"
    )


def _lines(file: str) -> list[str]:
    path = Path(file)
    return path.read_text().splitlines() if path.exists() else []


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time that processes have used so far; those that are gone count nothing."""
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_bytes(pid: int) -> int:
    """Proportional memory of a process: what is shared counts by its share."""
    for line in _lines(f"/proc/{pid}/smaps_rollup"):
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        waiting.extend(children.get(found[-1], []))
    return found
