"""Commands that look: is everything well, and how is it set?"""

import asyncio
import json
from typing import Annotated, Any

import typer
from pydantic import SecretStr

from convertos.cli.checkup import Finding, examine
from convertos.core.logging import configure_logging
from convertos.core.settings import Settings

_MARKS = {True: "ok  ", False: "FAIL"}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(doctor)
    app.command("settings")(show_settings)


def doctor(as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False) -> None:
    """Examine the installation: database, schema, roles, worker, queue, data; says what to do about faults.

    Exits with 1 when something is wrong.
    """
    configure_logging("error", "text", process="doctor")
    findings = asyncio.run(examine(Settings()))
    if as_json:
        typer.echo(json.dumps([finding._asdict() for finding in findings], indent=2))
    else:
        for finding in findings:
            _print(finding)
    if not all(finding.is_well for finding in findings):
        raise typer.Exit(1)


def _print(finding: Finding) -> None:
    typer.echo(f"{_MARKS[finding.is_well]}  {finding.subject}: {finding.words}")
    if finding.remedy:
        typer.echo(f"      -> {finding.remedy}")


def show_settings(as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False) -> None:
    """List every setting with its value and meaning; secrets are not shown."""
    settings = Settings()
    described = [
        {
            "variable": f"CONVERTOS_{name.upper()}",
            "value": _shown(getattr(settings, name)),
            "meaning": field.description or "",
        }
        for name, field in Settings.model_fields.items()
    ]
    if as_json:
        typer.echo(json.dumps(described, indent=2))
        return
    for entry in described:
        typer.echo(f"{entry['variable']} = {entry['value']}\n    {entry['meaning']}")


def _shown(value: Any) -> str:
    if isinstance(value, SecretStr):
        return "(set)"
    return "" if value is None else str(value)
