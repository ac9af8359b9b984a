"""What the store holds, and what its owner and buyers do with it."""

import json
import secrets
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

REST = Path(__file__).parents[2] / "fixtures" / "woocommerce" / "rest"
Told = Callable[[str, dict[str, Any]], None]


def _recorded(name: str) -> dict[str, Any]:
    found = json.loads((REST / f"{name}.json").read_bytes())
    first: dict[str, Any] = found[0] if isinstance(found, list) else found
    return first


@dataclass(frozen=True)
class ApiKey:
    """A pair of keys with what it may do."""

    consumer_key: str
    consumer_secret: str
    permissions: str = "read_write"


def make_key(permissions: str = "read_write") -> ApiKey:
    return ApiKey(f"ck_{secrets.token_hex(20)}", f"cs_{secrets.token_hex(20)}", permissions)


@dataclass
class Shop:
    """A store's tables; every change is stamped with whole seconds and told to its webhooks.

    Attributes:
        objects: of each kind (`orders`, `customers`, `products`), by id.
    """

    timezone: str = "Europe/Athens"
    now: datetime = field(
        default_factory=lambda: datetime.now(UTC).replace(microsecond=0) - timedelta(days=30)
    )
    keys: list[ApiKey] = field(default_factory=lambda: [make_key()])
    objects: dict[str, dict[int, dict[str, Any]]] = field(
        default_factory=lambda: {"orders": {}, "customers": {}, "products": {}}
    )
    webhooks: dict[int, dict[str, Any]] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    _next_id: int = 100
    _rendered: dict[tuple[str, int], bytes] = field(default_factory=dict)
    _templates: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {
            "orders": _recorded("order.one"),
            "customers": _recorded("customer.one"),
            "products": _recorded("products.page1"),
        }
    )

    def pass_time(self, **much: float) -> None:
        self.now += timedelta(**much)

    def body(self, kind: str, number: int) -> bytes:
        """An object as PHP writes it."""
        key = (kind, number)
        if key not in self._rendered:
            text = json.dumps(self.objects[kind][number], separators=(",", ":"))
            self._rendered[key] = text.replace("/", "\\/").encode()
        return self._rendered[key]

    def add_order(self, total: str = "49.90", status: str = "processing", **fields: Any) -> int:
        """Somebody buys something."""
        number = self._take_id()
        order = deepcopy(self._templates["orders"])
        order |= {"id": number, "number": str(number), "status": status, "total": total, "refunds": []}
        order |= {"customer_id": 0, "date_created": self._local(), "date_created_gmt": self._gmt()}
        is_paid = status in {"processing", "completed", "refunded"}
        order |= {
            "date_paid": self._local() if is_paid else None,
            "date_paid_gmt": self._gmt() if is_paid else None,
        }
        order |= {"date_completed": None, "date_completed_gmt": None}
        order["billing"] = {**order["billing"], "email": f"buyer{number}@example.com", "phone": ""}
        order["shipping"] = {**order["shipping"], "phone": ""}
        return self._put("orders", order | fields, "created")

    def add_customer(self, email: str | None = None, role: str = "customer", **fields: Any) -> int:
        """Somebody makes an account."""
        number = self._take_id()
        customer = deepcopy(self._templates["customers"])
        customer |= {"id": number, "email": email or f"member{number}@example.com", "role": role}
        customer |= {"date_created": self._local(), "date_created_gmt": self._gmt()}
        customer["billing"] = {**customer["billing"], "email": "", "phone": ""}
        return self._put("customers", customer | fields, "created")

    def add_product(self, name: str = "Coffee", price: str = "9.90", **fields: Any) -> int:
        """Something is put on the shelf."""
        number = self._take_id()
        product = deepcopy(self._templates["products"])
        product |= {"id": number, "name": name, "price": price, "status": "publish", "related_ids": [1, 2, 3]}
        product |= {"date_created": self._local(), "date_created_gmt": self._gmt()}
        return self._put("products", product | fields, "created")

    def change(self, kind: str, number: int, **fields: Any) -> None:
        """Somebody edits an object."""
        self._put(kind, self.objects[kind][number] | fields, "updated")

    def change_unstamped(self, kind: str, number: int, **fields: Any) -> None:
        """Something edits an object past WooCommerce: no stamp, no webhook."""
        self.objects[kind][number] |= fields
        self._rendered.pop((kind, number), None)

    def refund(self, number: int, amount: str) -> None:
        """Money goes back."""
        order = self.objects["orders"][number]
        refunds = [*order["refunds"], {"id": self._take_id(), "reason": "", "total": f"-{amount}"}]
        given = sum(Decimal(refund["total"]) for refund in refunds)
        status = "refunded" if -given >= Decimal(order["total"]) else order["status"]
        self.change("orders", number, refunds=refunds, status=status)

    def trash(self, number: int) -> None:
        """An order goes to the trash: its webhook says it is deleted."""
        self.objects["orders"][number] |= {"status": "trash", "date_modified_gmt": self._gmt()}
        self._rendered.pop(("orders", number), None)
        self._tell("orders", "deleted", {"id": number})

    def destroy(self, kind: str, number: int) -> None:
        """An object is deleted for good: no webhook says so."""
        del self.objects[kind][number]
        self._rendered.pop((kind, number), None)

    def listed(self, kind: str) -> Iterator[dict[str, Any]]:
        """What a list with any status shows."""
        return (each for each in self.objects[kind].values() if each.get("status") != "trash")

    def _put(self, kind: str, found: dict[str, Any], change: str) -> int:
        found |= {"date_modified": self._local(), "date_modified_gmt": self._gmt()}
        number: int = found["id"]
        self.objects[kind][number] = found
        self._rendered.pop((kind, number), None)
        self._tell(kind, change, found)
        return number

    def _tell(self, kind: str, change: str, found: dict[str, Any]) -> None:
        for tell in self.told:
            tell(f"{kind.removesuffix('s')}.{change}", found)

    def _take_id(self) -> int:
        self._next_id += 1
        return self._next_id

    def _gmt(self) -> str:
        return self.now.strftime("%Y-%m-%dT%H:%M:%S")

    def _local(self) -> str:
        return self.now.astimezone(ZoneInfo(self.timezone)).strftime("%Y-%m-%dT%H:%M:%S")
