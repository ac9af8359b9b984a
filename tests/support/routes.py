"""Every route of the API, and requests that each would take: for tests of what is true of all of them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Any

from fastapi import FastAPI

from convertos.api.application import create_api
from convertos.api.contract_route import ContractRoute

_STRINGS = {
    "uuid": "0192f0c1-6b1e-7c3e-9d53-0f7a3c1f6a11",
    "date-time": "2025-03-01T09:30:00Z",
    "date": "2025-03-01",
    "uri": "https://shop.example/",
}


@cache
def api() -> FastAPI:
    """The API, to look at; it serves nothing."""
    return create_api(lambda _: nullcontext())


@cache
def document() -> dict[str, Any]:
    """Its OpenAPI document."""
    return api().openapi()


@dataclass(frozen=True)
class Operation:
    """One method of one route."""

    method: str
    path: str
    rights: tuple[str, ...]
    is_public: bool

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def described(self) -> dict[str, Any]:
        """What the OpenAPI document says of it."""
        found: dict[str, Any] = document()["paths"][self.path][self.method.lower()]
        return found

    @property
    def body_schema(self) -> dict[str, Any] | None:
        """What its JSON body has to be; `None` where it takes none, or takes it as plain text too."""
        kinds = self.described.get("requestBody", {}).get("content", {})
        content = kinds.get("application/json") if "text/plain" not in kinds else None
        return resolve(content["schema"]) if content else None

    @property
    def body(self) -> Any:
        """A body that it takes."""
        schema = self.body_schema
        return example(schema) if schema is not None else None

    @property
    def query(self) -> dict[str, str]:
        """The query parameters that it can't do without."""
        return {
            each["name"]: str(example(each["schema"]))
            for each in self.parameters("query")
            if each.get("required")
        }

    def parameters(self, place: str) -> list[dict[str, Any]]:
        """Its parameters in the path or the query."""
        return [each for each in self.described.get("parameters", []) if each["in"] == place]

    def address(self, ids: Mapping[str, object]) -> str:
        """Its path with ids filled in."""
        return self.path.format(**ids)

    @property
    def path_names(self) -> list[str]:
        """The names of the ids in its path."""
        return [each["name"] for each in self.parameters("path")]


def operations() -> list[Operation]:
    """Every method of every route of the API."""
    return sorted(_operations(), key=str)


def _operations() -> Iterator[Operation]:
    for route in api().routes:
        if isinstance(route, ContractRoute) and route.include_in_schema:
            rights = tuple(demand.right.value for demand in route.demands if demand.right)
            for method in route.methods or ():
                yield Operation(method, route.path_format, rights, not route.demands)


def resolve(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema with its reference followed."""
    while "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        schema = document()["components"]["schemas"][name]
    return schema


def example(schema: dict[str, Any]) -> Any:
    """The smallest value that a schema takes."""
    schema = resolve(schema)
    if "const" in schema:
        return schema["const"]
    if schema.get("examples"):
        return schema["examples"][0]
    if schema.get("enum"):
        return schema["enum"][0]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return example(schema[choice][0])
    return _of_type(schema)


def _of_type(schema: dict[str, Any]) -> Any:
    properties, count = schema.get("properties", {}), max(1, schema.get("minItems", 0))
    makers: dict[str, Callable[[], Any]] = {
        "object": lambda: {name: example(properties[name]) for name in schema.get("required", [])},
        "array": lambda: [example(schema["items"])] * count,
        "integer": lambda: schema.get("minimum", 1),
        "number": lambda: schema.get("minimum", 1),
        "boolean": lambda: True,
        "null": lambda: None,
        "string": lambda: _STRINGS.get(schema.get("format", ""), "something long enough"),
    }
    return makers.get(schema.get("type", ""), lambda: "anything")()
