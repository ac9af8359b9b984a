"""Shopify's own schema, and what a question costs by it.

Source: integrations.md A5: an object costs 1, a list as many as it asks for, a mutation 10, scalars nothing.
"""

import gzip
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    build_client_schema,
    get_named_type,
    parse,
    value_from_ast_untyped,
)

from tests.support.shopify import FIXTURES

NEWEST = "2026-10"
LARGEST_PAGE = 250
_CONNECTION = 2
_MUTATION = 10
_Composite = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType


@cache
def schema_of(version: str) -> GraphQLSchema:
    """One version's schema."""
    file = FIXTURES / "schema" / f"admin_{version}.introspection.json.gz"
    # graphql-core 3.3 refuses Shopify's own deprecations on interface fields unless it is told to trust them.
    return build_client_schema(json.loads(gzip.decompress(file.read_bytes()))["data"], assume_valid=True)


@cache
def document_of(query: str) -> DocumentNode:
    """A parsed question."""
    return parse(query)


class PageTooLargeError(Exception):
    """A list was asked for with more than 250 entries."""


class _Pricing:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self.schema = schema
        self.variables = dict(variables)
        self.fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }

    def of(self, selection: SelectionSetNode, parent: _Composite) -> int:
        return sum(self._of_selection(node, parent) for node in selection.selections)

    def _of_selection(self, node: Any, parent: _Composite) -> int:
        if isinstance(node, FragmentSpreadNode):
            return self._of_fragment(self.fragments[node.name.value])
        if isinstance(node, InlineFragmentNode):
            return self._of_fragment(node)
        assert isinstance(node, FieldNode)
        return self._of_field(node, parent)

    def _of_fragment(self, node: FragmentDefinitionNode | InlineFragmentNode) -> int:
        assert node.type_condition is not None
        kind = self.schema.type_map[node.type_condition.name.value]
        assert isinstance(kind, _Composite)
        return self.of(node.selection_set, kind)

    def _of_field(self, node: FieldNode, parent: _Composite) -> int:
        if node.selection_set is None or isinstance(parent, GraphQLUnionType):
            return 0
        kind = get_named_type(parent.fields[node.name.value].type)
        assert isinstance(kind, _Composite)
        inside = self.of(node.selection_set, kind)
        if kind.name == "PageInfo":
            return 0
        if kind.name.endswith("Connection"):
            return _CONNECTION + self._length(node) * inside
        if node.name.value == "edges":
            return inside
        ids = self._argument(node, "ids")
        return (1 + inside) * (1 if ids is None else len(ids))

    def _length(self, node: FieldNode) -> int:
        length = int(self._argument(node, "first") or 0)
        if length > LARGEST_PAGE:
            raise PageTooLargeError
        return length

    def _argument(self, node: FieldNode, name: str) -> Any:
        for argument in node.arguments or ():
            if argument.name.value == name:
                return value_from_ast_untyped(argument.value, self.variables)
        return None


def cost_of(schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> int:
    """The points that a question is said to cost before it is answered."""
    (operation,) = (node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    if operation.operation.value == "mutation":
        return _MUTATION
    assert schema.query_type is not None
    return _Pricing(schema, document, variables).of(operation.selection_set, schema.query_type)
