"""The operator's commands: `convertos up`, `convertos web`, `convertos doctor`, ...

In:    a terminal or a script.
Out:   running processes, answers on standard output (`--json` for scripts), exit codes that mean something.
Next:  every domain's verbs.
Never: a rule of business.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated

import typer

from convertos import __version__
from convertos.core.errors import ConvertOSError

EXIT_FAILED = 1
EXIT_USAGE = 2

# Importing everything costs a second, which each of the processes of `convertos up` would pay.
_MODULES = {
    "run": ("up", "web", "worker", "migrate"),
    "people": ("user", "key", "client"),
    "demo": ("demo",),
    "replay": ("replay",),
    "sync": ("sync",),
    "inspect": ("doctor", "settings"),
}


def commands(arguments: Sequence[str] = ()) -> typer.Typer:
    """The command that the arguments name, or all of them where they name none."""
    app = typer.Typer(
        name="convertos",
        help="Where a shop's revenue comes from: self-hosted attribution for shops and agencies.",
        no_args_is_help=True,
        invoke_without_command=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_group)
    named = [module for module, names in _MODULES.items() if arguments and arguments[0] in names]
    for module in named or _MODULES:
        import_module(f"convertos.cli.{module}").register(app)
    return app


def _group(
    *,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """Where a shop's revenue comes from: self-hosted attribution for shops and agencies."""
    if version:
        typer.echo(f"ConvertOS {__version__}")
        raise typer.Exit


def main() -> None:
    """Run a command; what goes wrong is told in words, not in a traceback."""
    try:
        commands(sys.argv[1:])()
    except ConvertOSError as error:
        sys.stderr.write(f"convertos: {error.message}\n")
        raise SystemExit(EXIT_FAILED) from error


__all__ = ["commands", "main"]
