"""A real WordPress with the connector installed, and a real ConvertOS beside it.

One site serves the whole run; each test connects it anew to a client of its own.
"""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from convertos.connections.connection_string import ConnectionString
from convertos.connections.plugin_package import SLUG, build_package, plugin_folder
from convertos.connections.plugin_updates import UpdateSigner
from convertos.core.database import Database
from convertos.core.installation import Installation
from tests.support.callers import site_key_of
from tests.support.house import House
from tests.support.tenants import Source, Tenant, make_source
from tests.wordpress.place import HERE, WordPressSite, put_in, run_wordpress
from tests.wordpress.unprivileged import directory_of_its_own, give_away

MAIN = f"{SLUG}/{SLUG}.php"
REAL = {
    "woocommerce": os.environ.get("WOOCOMMERCE_DIR"),
    "contact-form-7": os.environ.get("CF7_DIR"),
    "funnel-builder": os.environ.get("FUNNEL_BUILDER_DIR"),
}
"""Folders of real plugins, to be used in the place of their stand-ins."""

WITH_TABLES = os.environ.get("WOOCOMMERCE_HPOS")
"""`yes` or `no`: whether the real WooCommerce keeps its orders in tables of their own; else as it likes."""

MAIN_FILES = {
    "woocommerce": "woocommerce/woocommerce.php",
    "contact-form-7": "contact-form-7/wp-contact-form-7.php",
    "funnel-builder": "funnel-builder/funnel-builder.php",
}


@pytest.fixture(scope="session")
async def bare() -> AsyncIterator[WordPressSite]:
    """A WordPress with nothing but itself."""
    with directory_of_its_own("wordpress") as directory:
        async with run_wordpress(directory) as site:
            yield site


@pytest.fixture(scope="session")
async def shop_plugins(bare: WordPressSite) -> list[str]:
    """The shop and the forms: stand-ins, or the real ones where their folders were given."""
    chosen = {name: Path(folder) for name, folder in REAL.items() if folder}
    main_files = [MAIN_FILES[name] for name in chosen]
    if "woocommerce" not in chosen:
        chosen["woocommerce"] = HERE / "stand_ins" / "woocommerce"
        main_files.append(MAIN_FILES["woocommerce"])
    chosen["stand-in-forms"] = HERE / "stand_ins" / "forms"
    main_files.append("stand-in-forms/forms.php")
    for name, folder in chosen.items():
        put_in(bare, name, folder)
    for main_file in sorted(main_files, key=lambda file: file != MAIN_FILES["woocommerce"]):
        assert await bare.run("activate", plugin=main_file) is True
    await bare.run("set_option", name="woocommerce_currency", value="EUR")
    if WITH_TABLES is not None:
        await bare.run("keep_orders_in_tables", is_wanted=WITH_TABLES == "yes")
    return main_files


@pytest.fixture(scope="session")
async def wordpress(
    bare: WordPressSite, shop_plugins: list[str], installation: Installation
) -> WordPressSite:
    """The site with the connector, installed from its ZIP by WordPress's own upgrader."""
    key = UpdateSigner(installation.master_key).public_key
    package = build_package(plugin_folder(), installation.settings.base_url, key)
    file = bare.root.parent / package.file_name
    file.write_bytes(package.content)
    give_away(file.parent)
    outcome = await bare.run("install_plugin", file=str(file), plugin=MAIN)
    assert outcome["installed"] is True, outcome
    assert outcome["activated"] is True, outcome
    return bare


@dataclass(frozen=True)
class Connected:
    """A site that is connected to a client of its own.

    Attributes:
        line: the connection string.
    """

    wordpress: WordPressSite
    source: Source
    api_key: str
    line: str


async def connection_string(
    house: House, source: Source, api_key: str, *, url: str | None = None, secret: str | None = None
) -> str:
    """What ConvertOS shows for pasting."""
    return ConnectionString(
        url=url or house.base_url,
        connection_id=source.public_id,
        secret=secret or source.secret,
        api_key=api_key,
        update_key=UpdateSigner(house.installation.master_key).public_key,
    ).encode()


@pytest.fixture
async def connected(
    wordpress: WordPressSite, house: House, database: Database, installation: Installation, tenant: Tenant
) -> Connected:
    """The site, connected to this test's client."""
    source = await make_source(database, installation, tenant, "wordpress", domain=wordpress.domain)
    api_key = await site_key_of(database, installation, source)
    line = await connection_string(house, source, api_key)
    assert await wordpress.run("connect", line=line) is True
    wordpress.forget_outgoing()
    return Connected(wordpress, source, api_key, line)
