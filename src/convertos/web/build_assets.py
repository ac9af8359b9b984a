"""Copies what browsers need out of node_modules into the package. Nothing is compiled or bundled.

    npm ci
    python -m convertos.web.build_assets

Only the standard library is used, because the build of the wheel runs this too.
"""

import argparse
import gzip
import re
import shutil
import sys
from pathlib import Path

STATIC = Path(__file__).resolve().parent / "static"
ROOT = STATIC.parents[3]

FILES = {
    "tabler.css": "@tabler/core/dist/css/tabler.min.css",
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "htmx-sse.js": "htmx.org/dist/ext/hx-sse.min.js",
    "echarts.js": "echarts/dist/echarts.common.min.js",
    "swagger-ui.js": "swagger-ui-dist/swagger-ui-bundle.js",
    "swagger-ui.css": "swagger-ui-dist/swagger-ui.css",
    "inter-latin.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
    "inter-latin-ext.woff2": "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2",
}
"""Name in `static/vendor` to path in node_modules."""

LICENSES = (
    "@fontsource-variable/inter/LICENSE",
    "@tabler/icons/LICENSE",
    "echarts/LICENSE",
    "echarts/NOTICE",
    "htmx.org/LICENSE",
    "swagger-ui-dist/LICENSE",
    "swagger-ui-dist/NOTICE",
)

_SOURCE_MAP = re.compile(rb"\n?(?://|/\*)# sourceMappingURL=[^\n*]*(?:\*/)?\s*$")
_SVG_CONTENT = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
_FRAME = re.compile(r'\s*<path stroke="none" d="M0 0h24v24H0z" fill="none" ?/>')
_COMPRESSIBLE = {".css", ".js", ".svg", ".txt"}


def build(modules: Path, target: Path, icons: Path) -> list[Path]:
    """Fill the target folder anew; returns what was written.

    Args:
        modules: the `node_modules` folder.
        icons: a text file with the name of one Tabler icon on each line.

    Raises:
        FileNotFoundError: a package or an icon is missing.
    """
    if target.exists():
        shutil.rmtree(target)
    target.mkdir(parents=True)
    contents = {name: _without_source_map((modules / path).read_bytes()) for name, path in FILES.items()}
    contents["icons.svg"] = sprite(modules / "@tabler/icons/icons", icons.read_text().split()).encode()
    contents["licenses.txt"] = _licenses(modules).encode()
    written = []
    for name, content in contents.items():
        file = target / name
        file.write_bytes(content)
        written.append(file)
        if file.suffix in _COMPRESSIBLE:
            packed = target / f"{name}.gz"
            packed.write_bytes(gzip.compress(content, 9, mtime=0))
            written.append(packed)
    return written


def sprite(folder: Path, names: list[str]) -> str:
    """One SVG with a symbol for each icon; `name-filled` is taken from Tabler's filled set."""
    symbols = [_symbol(folder, name) for name in sorted(names)]
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def _symbol(folder: Path, name: str) -> str:
    is_filled = name.endswith("-filled")
    style = "filled" if is_filled else "outline"
    text = (folder / style / f"{name.removesuffix('-filled')}.svg").read_text()
    match = _SVG_CONTENT.search(re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL))
    if match is None:
        raise FileNotFoundError(f"{name} is no SVG icon")
    paint = (
        'fill="currentColor"'
        if is_filled
        else 'fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"'
    )
    content = re.sub(r"\s+", " ", _FRAME.sub("", match[1])).strip()
    return f'<symbol id="{name}" viewBox="0 0 24 24" {paint}>{content}</symbol>'


def _without_source_map(content: bytes) -> bytes:
    return _SOURCE_MAP.sub(b"\n", content)


def _licenses(modules: Path) -> str:
    parts = [f"{path}\n{'=' * len(path)}\n\n{(modules / path).read_text().strip()}\n" for path in LICENSES]
    return "\n\n".join(parts)


def main() -> int:
    """Run as a script."""
    parser = argparse.ArgumentParser(description="Copy the browser's files from node_modules.")
    parser.add_argument("--modules", type=Path, default=ROOT / "node_modules")
    arguments = parser.parse_args()
    if not arguments.modules.is_dir():
        sys.stderr.write(f"{arguments.modules} is missing. Run `npm ci` first.\n")
        return 1
    written = build(arguments.modules, STATIC / "vendor", STATIC / "icons.txt")
    size = sum(file.stat().st_size for file in written) // 1024
    sys.stdout.write(f"{len(written)} files, {size} kB in {(STATIC / 'vendor').relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
