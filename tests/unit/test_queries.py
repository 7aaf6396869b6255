"""A query says which read models it reads: what it forgets, `Read-After` would not wait for."""

import re
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages
from types import CodeType, FunctionType
from typing import Any

import pytest

import projections
from projections.query import Query
from projections.read_models import ALL, NAMES, STORE_OF
from projections.stores.clickhouse.tables import FactTables
from projections.stores.meilisearch.index import SearchIndex

TABLE_OF = re.compile(r"\b(?:FROM|JOIN)\s+(rm_(\w+)|market)\.(\w+)")
INDEXES = {one.index: one.name for one in ALL if isinstance(one, SearchIndex)}
FACTS = {table: one.name for one in ALL if isinstance(one, FactTables) for table in one.tables}


def queries() -> Iterator[tuple[str, Query[..., Any]]]:
    for found in walk_packages(projections.__path__, "projections."):
        module = import_module(found.name)
        for name, value in vars(module).items():
            if isinstance(value, Query) and value.run.__module__ == found.name:
                yield f"{found.name}.{name}", value


QUERIES = dict(queries())


def texts(value: Any, seen: set[int]) -> Iterator[str]:
    """Every text that a function can reach: its own, its module's, and its callees'."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, Query):
        yield from texts(value.run, seen)
    elif isinstance(value, str | bytes):
        yield value if isinstance(value, str) else value.decode("latin-1")
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts(item, seen)
    elif isinstance(value, CodeType):
        for constant in value.co_consts:
            yield from texts(constant, seen)
    elif isinstance(value, FunctionType) and value.__module__.startswith("projections"):
        yield from texts(value.__code__, seen)
        for name in value.__code__.co_names:
            yield from texts(reached(value, name), seen)


def reached(function: FunctionType, name: str) -> Any:
    """A global, or what a module of ours that is a global has under the name."""
    found = function.__globals__.get(name)
    if found is not None:
        return found
    modules = [
        value
        for key in function.__code__.co_names
        if getattr(value := function.__globals__.get(key), "__name__", "").startswith("projections")
    ]
    return next((vars(one)[name] for one in modules if name in getattr(one, "__dict__", {})), None)


def read_by(query: Query[..., Any]) -> set[str]:
    models: set[str] = set()
    for text in texts(query, set()):
        for schema, model, table in TABLE_OF.findall(text):
            models.add(FACTS[table] if schema == "market" else model)
        if query.store == "meilisearch" and text in INDEXES:
            models.add(INDEXES[text])
    return models


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_says_what_it_reads(name: str) -> None:
    query = QUERIES[name]
    assert read_by(query) == set(query.models)
    assert {STORE_OF[model] for model in query.models} <= {query.store}


def test_every_model_is_read_by_somebody() -> None:
    read = {model for query in QUERIES.values() for model in query.models}
    assert read == set(NAMES)


def test_a_query_that_forgets_a_model_is_found() -> None:
    orders = QUERIES["projections.models.orders.detail.order_views"]
    assert read_by(orders) - {"orders"} == {"payments", "refunds", "escrow"}
