"""What runs on a WordPress site, in words, and where its plugin is to be had."""

from datetime import datetime
from typing import NamedTuple

from convertos.connections.plugin_package import facts_of, plugin_folder
from convertos.connections.plugin_versions import MINIMUM_PLUGIN_VERSION, PluginAge, age_of
from convertos.connections.sites import SiteSoftware

DOWNLOAD_PATH = "/api/integrations/wordpress/plugin.zip"
_LABELS = {
    "plugin": "ConvertOS plugin",
    "wordpress": "WordPress",
    "php": "PHP",
    "woocommerce": "WooCommerce",
    "hpos": "Orders in tables of their own",
    "multisite": "Network of sites",
    "delivery": "Delivers by",
}
_DELIVERIES = {
    "action-scheduler": "Action Scheduler",
    "wp-cron": "WP-Cron",
    "system-cron": "the system's cron",
}


class SiteShown(NamedTuple):
    """What the page says of a site.

    Attributes:
        versions: label and value; empty where the plugin told nothing yet.
        remedy: what is wrong with its plugin, and what helps.
    """

    versions: list[tuple[str, str]]
    told_at: datetime | None
    remedy: str | None
    download: str
    newest: str


def site_shown(told: SiteSoftware | None) -> SiteShown:
    """What to say of a site."""
    newest = facts_of(plugin_folder()).version
    software = dict(told.software) if told is not None else {}
    if "delivery" in software:
        software["delivery"] = _DELIVERIES.get(software["delivery"], software["delivery"])
    versions = [(label, software[name]) for name, label in _LABELS.items() if name in software]
    told_at = told.told_at if told is not None else None
    return SiteShown(versions, told_at, _remedy(software.get("plugin"), newest), DOWNLOAD_PATH, newest)


def _remedy(version: str | None, newest: str) -> str | None:
    age = age_of(version, newest)
    if age is PluginAge.UNSUPPORTED:
        return (
            f"The plugin on this site, {version}, is older than {MINIMUM_PLUGIN_VERSION}, the first that this "
            f"server works with. Update it to {newest}."
        )
    if age is PluginAge.OUTDATED:
        return f"Version {newest} of the plugin is here; the site has {version}."
    return None
