"""Builds the WordPress plugin's ZIP into `dist/`, for a site that is to be told its server later."""

import sys
from pathlib import Path

from convertos.connections.plugin_package import build_package, plugin_folder


def main(directory: Path) -> None:
    """Build it, and say where it is."""
    package = build_package(plugin_folder())
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / package.file_name
    file.write_bytes(package.content)
    sys.stdout.write(f"{file} ({len(package.content)} bytes, SHA-256 {package.sha256})\n")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "dist"))
