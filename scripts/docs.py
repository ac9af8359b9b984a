"""Writes the reference pages from the code, or checks that they are what the code says (`--check`).

Also checks that every link between the documents leads somewhere.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import typer
from prometheus_client import REGISTRY
from typer.main import get_command

import convertos.core.metrics  # noqa: F401 - registers the metrics
from convertos.api import create_api
from convertos.cli import commands
from convertos.core.settings import Settings
from convertos.ingest.answers import REFUSAL_STATUS
from convertos.platforms import IgnoreReason

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "docs" / "reference"
_LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)(#[^)\s]*)?\)")
_METHODS = ("get", "post", "put", "patch", "delete")


def settings_page() -> str:
    """Every setting, from its own description."""
    lines = [
        "# Settings",
        "",
        "Read from the environment when a process starts. `convertos settings` shows their present values.",
        "",
        "| variable | default | meaning |",
        "|---|---|---|",
    ]
    for name, field in sorted(Settings.model_fields.items()):
        default = "" if field.default is None else f"`{field.default}`"
        lines.append(f"| `CONVERTOS_{name.upper()}` | {default} | {field.description} |")
    return _page(lines)


def commands_page() -> str:
    """Every command with its options."""
    lines = ["# Commands", "", "Each explains itself with `--help`.", ""]
    lines.extend(_commands(get_command(commands()), "convertos"))
    return _page(lines)


def _commands(command: typer.core.TyperCommand | typer.core.TyperGroup, name: str) -> Iterator[str]:
    subcommands = getattr(command, "commands", None)
    if subcommands:
        for child in sorted(subcommands):
            yield from _commands(subcommands[child], f"{name} {child}")
        return
    yield f"## `{name}`"
    yield ""
    yield (command.help or "").strip()
    yield ""
    for parameter in command.params:
        words = getattr(parameter, "help", None) or ""
        if parameter.param_type_name == "argument":
            yield f"- `{parameter.name}`: {words}"
        elif parameter.name != "help":
            yield f"- `{', '.join(parameter.opts)}`: {words}"
    yield ""


def api_page() -> str:
    """Every endpoint with its answers."""
    document = create_api(None).openapi()
    lines = [
        "# HTTP API",
        "",
        "Every endpoint and the statuses it answers. The running server has an interactive reference at",
        "`/api/docs` and the machine-readable one at `/api/openapi.json`.",
        "",
        "| endpoint | purpose | answers |",
        "|---|---|---|",
    ]
    for path, operations in sorted(document["paths"].items()):
        for method in _METHODS:
            if operation := operations.get(method):
                answers = " ".join(sorted(operation.get("responses", {})))
                lines.append(f"| `{method.upper()} {path}` | {operation.get('summary', '')} | {answers} |")
    return _page(lines)


def operations_page() -> str:
    """Metrics, and the reasons that receipts are refused or ignored for."""
    lines = [
        "# Metrics and reasons",
        "",
        "## Metrics",
        "",
        "Served at `/metrics`.",
        "",
        "| metric | type | meaning |",
    ]
    lines.append("|---|---|---|")
    families = (family for family in REGISTRY.collect() if family.name.startswith("convertos_"))
    lines.extend(
        f"| `{family.name}` | {family.type} | {family.documentation} |"
        for family in sorted(families, key=lambda family: family.name)
    )
    lines += ["", "## Why a delivery is refused at the door", "", "| reason | status |", "|---|---|"]
    lines.extend(f"| `{refusal.value}` | {status} |" for refusal, status in REFUSAL_STATUS.items())
    lines += ["", "## Why a receipt is kept but changes nothing", ""]
    lines.extend(f"- `{reason.value}`" for reason in IgnoreReason)
    return _page(lines)


PAGES = {
    "settings.md": settings_page,
    "commands.md": commands_page,
    "http-api.md": api_page,
    "operations.md": operations_page,
}


def _page(lines: list[str]) -> str:
    note = "<!-- Written by `make docs` from the code; do not edit. -->"
    text = "\n".join([lines[0], "", note, *lines[1:]])
    return re.sub(r"\n{3,}", "\n\n", text).rstrip() + "\n"


def broken_links() -> Iterator[str]:
    """Links between documents that lead nowhere."""
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    for document in documents:
        for match in _LINK.finditer(document.read_text()):
            if not (document.parent / match[1]).exists():
                yield f"{document.relative_to(ROOT)}: {match[1]} does not exist"


def main() -> int:
    """Write the pages, or check them."""
    is_check = "--check" in sys.argv
    faults = list(broken_links())
    for name, make in PAGES.items():
        file, content = REFERENCE / name, make()
        if not is_check:
            file.write_text(content)
        elif not file.exists() or file.read_text() != content:
            faults.append(f"docs/reference/{name} is not what the code says; run: make docs")
    for fault in faults:
        sys.stderr.write(f"{fault}\n")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
