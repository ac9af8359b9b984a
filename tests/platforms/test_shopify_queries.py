"""Every question that we ask of Shopify is valid in every version that Shopify serves."""

import gzip
import json
from functools import cache

import pytest
from graphql import DocumentNode, GraphQLSchema, build_client_schema, parse, validate
from tests.support.shopify import FIXTURES

from convertos.platforms.shopify.queries import API_VERSION, all_questions, question

VERSIONS = ("2026-01", "2026-04", "2026-07", "2026-10")


@cache
def schema_of(version: str) -> GraphQLSchema:
    file = FIXTURES / "schema" / f"admin_{version}.introspection.json.gz"
    # graphql-core 3.3 refuses Shopify's own deprecations on interface fields unless it is told to trust them.
    return build_client_schema(json.loads(gzip.decompress(file.read_bytes()))["data"], assume_valid=True)


@cache
def document(name: str) -> DocumentNode:
    return parse(question(name))


@pytest.mark.parametrize("version", VERSIONS)
def test_every_question_is_valid(version: str) -> None:
    """Fields, arguments, types and fragments, against Shopify's own schema."""
    errors = {
        name: [error.message for error in found]
        for name in all_questions()
        if (found := validate(schema_of(version), document(name)))
    }
    assert errors == {}


def test_the_version_in_use_is_one_of_them() -> None:
    """What is sent in the address is what was checked."""
    assert API_VERSION in VERSIONS


def test_bulk_questions_keep_to_the_rules_of_bulk_operations() -> None:
    """One root field, at most five connections, nested at most two deep, and no variables."""
    for name in all_questions():
        if not name.startswith("bulk_") or name in {"bulk_run", "bulk_status"}:
            continue
        text = question(name)
        assert "$" not in text
        assert 1 <= text.count("edges") <= 2
        assert "nodes" not in text
