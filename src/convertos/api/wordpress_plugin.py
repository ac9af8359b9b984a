"""`/api/integrations/wordpress/plugin`: the plugin to download, and word of newer ones; no key is needed."""

import asyncio
from typing import Annotated

from fastapi import Path, Request, Response
from pydantic import Field

from convertos.api.contract import Answer
from convertos.api.contract_route import resource
from convertos.api.dependencies import installation_of
from convertos.connections.plugin_package import SLUG, PluginPackage, build_package, plugin_folder
from convertos.connections.plugin_updates import UpdateSigner
from convertos.core.clock import system_clock
from convertos.core.errors import NotFoundError
from convertos.core.installation import Installation

router = resource("/integrations/wordpress", "WordPress sites")

_ZIP = "application/zip"
_ZIP_ANSWER = {"content": {_ZIP: {"schema": {"type": "string", "format": "binary"}}}}


class ManifestAnswer(Answer):
    """Word of the newest plugin."""

    signed: Annotated[str, Field(description="JSON; the signature is of these very bytes.")]
    signature: Annotated[str, Field(description="Ed25519, base64.")]
    key_id: str


async def _package(installation: Installation) -> PluginPackage:
    url, key = installation.settings.base_url, UpdateSigner(installation.master_key).public_key
    return await asyncio.to_thread(build_package, plugin_folder(), url, key)


@router.get("/plugin/manifest")
async def read_plugin_manifest(request: Request) -> ManifestAnswer:
    """Read which plugin is the newest, signed for WordPress's own updater."""
    installation = installation_of(request)
    package = await _package(installation)
    address = f"{installation.settings.base_url}/api/integrations/wordpress/plugin/{package.file_name}"
    manifest = UpdateSigner(installation.master_key).manifest(package, address, system_clock())
    return ManifestAnswer(signed=manifest.signed, signature=manifest.signature, key_id=manifest.key_id)


@router.get("/plugin.zip", response_class=Response, responses={200: _ZIP_ANSWER})
async def download_plugin(request: Request) -> Response:
    """Download the newest plugin, which knows this server already."""
    return _download(await _package(installation_of(request)))


@router.get(f"/plugin/{SLUG}-{{version}}.zip", response_class=Response, responses={200: _ZIP_ANSWER})
async def download_plugin_version(
    request: Request, version: Annotated[str, Path(description="The newest one's; no other is kept.")]
) -> Response:
    """Download the plugin by the address that the manifest names."""
    package = await _package(installation_of(request))
    if version != package.facts.version:
        raise NotFoundError("There is no such version of the plugin here.")
    return _download(package)


def _download(package: PluginPackage) -> Response:
    headers = {"content-disposition": f'attachment; filename="{package.file_name}"'}
    return Response(package.content, headers=headers, media_type=_ZIP)
