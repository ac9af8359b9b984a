"""The browser's files: one version for all of them in their address, so that browsers may keep them for ever.

`/static/<version>/<name>` is immutable, because the version is a digest of every file together. References
inside the files (a font in a stylesheet, an import in a script) are relative, so they carry it along.
"""

import gzip
import mimetypes
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from convertos.core.errors import ConfigurationError, NotFoundError

FOLDER = Path(__file__).parent / "static"
PREFIX = "/static"
_SERVED = {".css", ".js", ".svg", ".woff2", ".txt", ".speculationrules"}
_COMPRESSIBLE = {".css", ".js", ".svg", ".txt"}
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"
_LANDMARK = "vendor/tabler.css"

mimetypes.add_type("font/woff2", ".woff2")
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("application/speculationrules+json", ".speculationrules")


@dataclass(frozen=True, slots=True)
class Asset:
    """One file in memory, as it is and packed."""

    content: bytes
    packed: bytes | None
    media_type: str


class MissingAssetsError(ConfigurationError):
    """The files from npm were never fetched."""

    def __init__(self) -> None:
        super().__init__(
            "The dashboard's files are missing. Start ConvertOS with `make up`, which fetches them."
        )


class Assets:
    """Every file that the dashboard serves, read when the first is asked for."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder

    @cached_property
    def _files(self) -> dict[str, Asset]:
        if not (self._folder / _LANDMARK).is_file():
            raise MissingAssetsError
        found = (path for path in self._folder.rglob("*") if path.suffix in _SERVED)
        return {path.relative_to(self._folder).as_posix(): _read(path) for path in sorted(found)}

    @cached_property
    def version(self) -> str:
        """What changes when any file does."""
        digest = blake2b(digest_size=6)
        for name, asset in self._files.items():
            digest.update(name.encode())
            digest.update(asset.content)
        return digest.hexdigest()

    def check(self) -> None:
        """Make sure that the files are there.

        Raises:
            MissingAssetsError: they are not.
        """
        if "_files" not in self.__dict__:
            _ = self._files

    def url(self, name: str) -> str:
        """Where the browser finds a file.

        Raises:
            KeyError: there is no such file.
        """
        if name not in self._files:
            raise KeyError(name)
        return f"{PREFIX}/{self.version}/{name}"

    @cached_property
    def icons(self) -> frozenset[str]:
        """The names in the icon sprite."""
        return frozenset((self._folder / "icons.txt").read_text().split())

    def respond(self, request: Request, version: str, name: str) -> Response:
        """Serve a file.

        Raises:
            NotFoundError: there is no such file.
        """
        asset = self._files.get(name)
        if asset is None:
            raise NotFoundError("There is no such file.")
        headers = {
            "cache-control": _FOR_EVER if version == self.version else _ASK_AGAIN,
            "vary": "accept-encoding",
        }
        if asset.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            return Response(
                asset.packed, headers={**headers, "content-encoding": "gzip"}, media_type=asset.media_type
            )
        return Response(asset.content, headers=headers, media_type=asset.media_type)


def _read(path: Path) -> Asset:
    content = path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if path.suffix not in _COMPRESSIBLE:
        return Asset(content, None, media_type)
    packed = path.with_name(f"{path.name}.gz")
    return Asset(content, packed.read_bytes() if packed.exists() else gzip.compress(content), media_type)
