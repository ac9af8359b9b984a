"""What can be set on a connection beside its name: its switches, and where its deliveries may come from. Pure."""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Interface, IPv6Interface, ip_network
from typing import Any

import msgspec

from convertos.core.errors import InvalidError

SWITCHES: Mapping[str, str] = {
    "allowsSha512": "Signatures with SHA-512 are taken as well.",
    "requiresTimestamp": "Only signatures that hold a timestamp are taken.",
    "requiresSignature": "Calls of the entity API have to be signed, too.",
}
"""The switches that this release knows, in words; other members are kept and change nothing."""

# A switch that is spelled the other way must not stay off in silence: what it demands is safety.
_OTHER_SPELLINGS = {
    "allows_sha512": "allowsSha512",
    "requires_timestamp": "requiresTimestamp",
    "requires_signature": "requiresSignature",
}
_MOST_NETWORKS = 100
_LARGEST_CONFIG = 16 * 1024


def spelled(config: Mapping[str, Any]) -> dict[str, Any]:
    """The members, with the switches among them as this release spells them."""
    return {_OTHER_SPELLINGS.get(name, name): value for name, value in config.items()}


def check_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """The switches, if each is one.

    Raises:
        InvalidError: a known switch is neither on nor off, or all together are too large.
    """
    config = spelled(config)
    for name in SWITCHES:
        if name in config and not isinstance(config[name], bool):
            raise InvalidError.field(f"config.{name}", "This is a switch: true or false.")
    if len(msgspec.json.encode(config)) > _LARGEST_CONFIG:
        raise InvalidError.field("config", f"At most {_LARGEST_CONFIG} bytes.")
    return config


def check_networks(networks: Sequence[str]) -> list[IPv4Interface | IPv6Interface]:
    """Addresses and networks (`203.0.113.7`, `203.0.113.0/24`) in the form that PostgreSQL keeps.

    Raises:
        InvalidError: one of them is none, or there are too many.
    """
    if len(networks) > _MOST_NETWORKS:
        raise InvalidError.field("allowedNetworks", f"At most {_MOST_NETWORKS} networks.")
    checked: list[IPv4Interface | IPv6Interface] = []
    for network in networks:
        try:
            parsed = ip_network(network.strip(), strict=False)
        except ValueError as error:
            raise InvalidError.field(
                "allowedNetworks", f"{network!r:.60} is no address or network, such as 203.0.113.0/24."
            ) from error
        interface = IPv4Interface if parsed.version == 4 else IPv6Interface
        checked.append(interface(str(parsed)))
    return checked
