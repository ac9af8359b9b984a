"""Checks that no lock or package file names a registry, and that the locks hold what pyproject.toml asks for."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
_ADDRESS = re.compile(r"https?://[^\s\"']+")
_NAME = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)
_REQUIREMENT = re.compile(r"[A-Za-z0-9._-]+")
_LOCKS = ("requirements.lock", "requirements-dev.lock", "package-lock.json", ".npmrc")
# Where a package's own metadata says how to fund it or read its licence.
_HARMLESS = re.compile(r'"(url|funding|homepage|license)":|github\.com/sponsors|opencollective\.com|tidelift')


def addresses(file: Path) -> list[str]:
    """Addresses in a file that npm or pip would fetch from."""
    lines = file.read_text().splitlines()
    return [line.strip() for line in lines if _ADDRESS.search(line) and not _HARMLESS.search(line)]


def missing() -> list[str]:
    """Requirements of pyproject.toml that no lock pins."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    build = project["project"]["optional-dependencies"]["build"] + project["build-system"]["requires"]
    wanted = {"requirements.lock": project["project"]["dependencies"] + build}
    wanted["requirements-dev.lock"] = project["dependency-groups"]["dev"] + wanted["requirements.lock"]
    faults = []
    for lock, requirements in wanted.items():
        pinned = {_normal(name) for name in _NAME.findall((ROOT / lock).read_text())}
        for requirement in requirements:
            name = _REQUIREMENT.match(requirement)
            if name and _normal(name[0]) not in pinned:
                faults.append(f"{lock} does not pin {name[0]}; run: make lock")
    return faults


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main() -> int:
    """Print what is wrong; 1 where anything is."""
    tracked = subprocess.run(
        ["git", "ls-files", *_LOCKS], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    faults = [f"{name} names an address: {line[:100]}" for name in tracked for line in addresses(ROOT / name)]
    faults.extend(missing())
    for fault in faults:
        sys.stderr.write(f"{fault}\n")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
