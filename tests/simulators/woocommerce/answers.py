"""Requests and answers of the store's API."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from tests.simulators.woocommerce.shop import Shop

LARGEST_PAGE = 100


class Asked(NamedTuple):
    """One request; `path` is what follows `/wp-json/wc/v3`."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes = b""

    def number(self, name: str, default: int) -> int:
        value = self.query.get(name, "")
        return int(value) if value.isdigit() else default


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: Mapping[str, str] = MappingProxyType({})


def refusal(status: int, code: str, message: str) -> Answer:
    """An error object."""
    content = {"code": code, "message": message, "data": {"status": status}}
    return Answer(status, json.dumps(content).encode())


def written(content: object, status: int = 200) -> Answer:
    return Answer(status, json.dumps(content, separators=(",", ":")).encode())


def read_list(shop: Shop, kind: str, asked: Asked) -> Answer:
    """A page of orders, customers or products."""
    size = asked.number("per_page", 10)
    if size > LARGEST_PAGE:
        return invalid("per_page", "per_page must be between 1 (inclusive) and 100 (inclusive)")
    if kind == "customers" and asked.query.get("orderby", "name") not in {
        "id",
        "include",
        "name",
        "registered_date",
    }:
        return invalid("orderby", "orderby is not one of id, include, name, and registered_date.")
    try:
        found = [each for each in shop.objects[kind].values() if _is_asked_for(shop, kind, each, asked)]
    except ValueError:
        return invalid("modified_after", "Invalid date.")
    found.sort(key=_order(kind, asked), reverse=asked.query.get("order", "desc") == "desc")
    first = asked.number("offset", (asked.number("page", 1) - 1) * size)
    shown = found[first : first + size]
    total = len(found) if shown or first == 0 else 0
    headers = {"x-wp-total": str(total), "x-wp-totalpages": str(-(-total // size))}
    return Answer(200, b"[" + b",".join(_shown(shop, kind, each, asked) for each in shown) + b"]", headers)


def invalid(name: str, message: str) -> Answer:
    """A parameter that the store does not take."""
    content = {"code": "rest_invalid_param", "message": f"Invalid parameter(s): {name}"}
    return written({**content, "data": {"status": 400, "params": {name: message}}}, 400)


def _shown(shop: Shop, kind: str, each: dict[str, Any], asked: Asked) -> bytes:
    fields = asked.query.get("_fields")
    if not fields:
        return shop.body(kind, each["id"])
    return json.dumps({name: each[name] for name in fields.split(",") if name in each}).encode()


def _order(kind: str, asked: Asked) -> Any:
    default = "name" if kind == "customers" else "date"
    orderby = asked.query.get("orderby", default)
    if orderby == "modified":
        return lambda each: (each["date_modified_gmt"], each["id"])
    if orderby == "date":
        return lambda each: (each["date_created_gmt"], each["id"])
    if orderby == "name":
        return lambda each: (each["username"], each["id"])
    return lambda each: each["id"]


def _is_asked_for(shop: Shop, kind: str, each: dict[str, Any], asked: Asked) -> bool:
    query = asked.query
    if "include" in query and str(each["id"]) not in query["include"].split(","):
        return False
    if kind == "customers":
        role = query.get("role", "customer")
        # There is no modified_after: asked for all the same, it changes nothing.
        return role == "all" or each["role"] == role
    status = query.get("status", "any")
    if each["status"] == "trash" and status != "trash":
        return False
    if status != "any" and each["status"] not in status.split(","):
        return False
    zone = UTC if query.get("dates_are_gmt") in {"true", "1"} else ZoneInfo(shop.timezone)
    return all(
        _fits(each, query, name, zone) for name in ("modified_after", "modified_before", "after", "before")
    )


def _fits(each: dict[str, Any], query: dict[str, str], name: str, zone: Any) -> bool:
    if name not in query:
        return True
    stamp = each["date_modified_gmt" if name.startswith("modified") else "date_created_gmt"]
    at = datetime.fromisoformat(stamp).replace(tzinfo=UTC)
    # Whole seconds; the bound itself is left out.
    bound = datetime.fromisoformat(query[name]).replace(tzinfo=zone, microsecond=0)
    return at > bound if name.endswith("after") else at < bound
