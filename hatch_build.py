"""Puts the browser's files and the WordPress plugin into the wheel; the former are fetched with npm."""

import importlib.util
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_PLUGIN = "convertos-connector"


class AssetsHook(BuildHookInterface[Any]):
    """Runs before a wheel or source archive is put together."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make sure that the assets are there; an editable install goes without."""
        root = Path(self.root)
        if version == "editable":
            return
        if self.target_name == "wheel":
            plugin = root / "wordpress-plugin" / _PLUGIN
            build_data["force_include"][str(plugin)] = f"convertos/wordpress_plugin/{_PLUGIN}"
        if not (root / "package-lock.json").exists():
            return  # a source archive holds them
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
