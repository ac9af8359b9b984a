"""Puts the browser's files into the wheel, fetching them with npm where that was not done yet."""

import importlib.util
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class AssetsHook(BuildHookInterface[Any]):
    """Runs before a wheel or source archive is put together."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - the hook's signature
        """Make sure that the assets are there; an editable install goes without."""
        root = Path(self.root)
        is_from_archive = not (root / "package-lock.json").exists()
        if version == "editable" or is_from_archive:
            return
        if not (root / "node_modules").is_dir():
            _fetch(root)
        _build(root)


def _fetch(root: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError(
            "The dashboard's files come from npm: install Node.js 20 or later, then build again."
        )
    subprocess.run([npm, "ci", "--omit=dev"], cwd=root, check=True)  # noqa: S603 - constant arguments


def _build(root: Path) -> None:
    script = root / "src" / "convertos" / "web" / "build_assets.py"
    spec = importlib.util.spec_from_file_location("build_assets", script)
    if spec is None or spec.loader is None:
        raise RuntimeError(f"{script} is missing")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.build(root / "node_modules", module.STATIC / "vendor", module.STATIC / "icons.txt")
