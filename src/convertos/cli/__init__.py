"""The operator's commands: `convertos up`, `convertos web`, `convertos doctor`, ...

In:    a terminal or a script.
Out:   running processes, answers on standard output (`--json` for scripts), exit codes that mean something.
Next:  every domain's verbs.
Never: a rule of business.
"""

import sys

import typer

from convertos.cli import demo, inspect, people, replay, run
from convertos.core.errors import ConvertOSError

EXIT_FAILED = 1
EXIT_USAGE = 2

app = typer.Typer(
    name="convertos",
    help="Where a shop's revenue comes from: self-hosted attribution for shops and agencies.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for module in (run, people, demo, replay, inspect):
    module.register(app)


def main() -> None:
    """Run a command; what goes wrong is told in words, not in a traceback."""
    try:
        app()
    except ConvertOSError as error:
        sys.stderr.write(f"convertos: {error.message}\n")
        raise SystemExit(EXIT_FAILED) from error


__all__ = ["app", "main"]
