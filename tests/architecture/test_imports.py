"""What may import what, by allow-list: what is not named here may not be imported."""

import ast
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import msgspec
import pytest

ROOT = Path(__file__).resolve().parents[2]


class Law(msgspec.Struct, frozen=True):
    """Modules below `of` import only what is, or lies below, one of `allowed`."""

    of: tuple[str, ...]
    allowed: tuple[str, ...]


# The rules of the marketplace: no clock, no chance, no database, no network.
CALCULATION = ("collections", "datetime", "enum", "functools", "hashlib", "itertools", "re",
               "types", "typing", "uuid", "msgspec")  # fmt: skip
LANGUAGE = (
    "eventstore.codec",
    "eventstore.errors",
    "eventstore.events",
    "eventstore.heads",
    "eventstore.identity",
    "eventstore.personal",
    "eventstore.registry",
    "eventstore.upcasters",
    "eventstore.values",
)
RULES = (
    "commands.amounts",
    "commands.command",
    "commands.idempotency",
    "commands.processes",
    "commands.outside.*.call",
    "commands.outside.call",
    "commands.refusals",
    "commands.stream",
    "commands.streams",
    "commands.write_model",
)
SERVING = ("asyncio", "base64", "binascii", "csv", "http", "io", "logging", "zlib",
           "httpx", "litestar", "prometheus_client", "psycopg", "psycopg_pool")  # fmt: skip
READ_SIDE = (
    "eventstore.away",
    "eventstore.postings",
    "eventstore.reader",
    "eventstore.unreadable",
    "projections.as_of",
    "projections.batched",
    "projections.control",
    "projections.history",
    "projections.models.*.queries",
    "projections.models.audit.reads",
    "projections.models.orders.detail",
    "projections.overview_follower",
    "projections.positions",
    "projections.query",
    "projections.stores.*.query",
)
WRITE_SIDE = (
    "commands.accounts",
    "commands.command",
    "commands.dispatch",
    "commands.idempotency",
    "commands.outside.inbox",
    "commands.records.*.queries",
    "commands.records.record",
    "commands.refusals",
    "commands.streams.*.messages",
    "commands.streams.*.refusals",
    "eventstore.batch",
)
LAWS = {
    "the rules are pure": Law(RULES, (*CALCULATION, *LANGUAGE, *RULES)),
    "the log's language is pure": Law(LANGUAGE, (*CALCULATION, *LANGUAGE)),
    "the read API asks queries, history and positions": Law(
        ("read_api",), (*CALCULATION, *SERVING, *LANGUAGE, *READ_SIDE, "read_api")
    ),
    "the write API sends messages": Law(
        ("write_api",), (*CALCULATION, *SERVING, *LANGUAGE, *WRITE_SIDE, "write_api")
    ),
}


def is_below(module: str, roots: tuple[str, ...]) -> bool:
    """A `*` in a root stands for one name."""
    steps = module.split(".")
    for root in roots:
        wanted = root.split(".")
        if len(steps) >= len(wanted) and all(map(fnmatch, steps, wanted)):
            return True
    return False


def imported(source: str) -> Iterator[str]:
    """Modules, wherever in the file: an import in a function is one too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from of_import_from(node)
        elif isinstance(node, ast.Name) and node.id == "__import__":
            yield "__import__"


def of_import_from(node: ast.ImportFrom) -> Iterator[str]:
    """`from package import module` imports the module."""
    base = node.module or "."
    for alias in node.names:
        place = ROOT.joinpath(*base.split("."), alias.name)
        is_module = place.is_dir() or place.with_suffix(".py").is_file()
        yield f"{base}.{alias.name}" if is_module else base


def breaches(source: str, law: Law) -> list[str]:
    return sorted({name for name in imported(source) if not is_below(name, law.allowed)})


def modules(law: Law) -> Iterator[Path]:
    for root in law.of:
        place = root.replace(".", "/")
        yield from ROOT.glob(f"{place}.py")
        yield from ROOT.glob(f"{place}/**/*.py")


@pytest.mark.parametrize("name", LAWS)
def test_nothing_imports_what_its_law_does_not_name(name: str) -> None:
    found = {
        str(file.relative_to(ROOT)): bad
        for file in modules(LAWS[name])
        if (bad := breaches(file.read_text(), LAWS[name]))
    }
    assert found == {}


@pytest.mark.parametrize("name", LAWS)
def test_a_law_speaks_of_files_that_are_there(name: str) -> None:
    for root in LAWS[name].of:
        assert list(modules(Law((root,), ()))), root


@pytest.mark.parametrize(
    "planted",
    [
        "import psycopg",
        "import httpx as client",
        "from time import time",
        "from random import choice",
        "from os import environ",
        "from commands.outside.payments import port",
        "from commands.runner import owed",
        "from eventstore.store import EventStore",
        "from . import handlers",
        "def decide():\n    from psycopg import connect\n",
        "module = __import__('psycopg')",
    ],
)
def test_a_planted_breach_is_found(planted: str) -> None:
    assert len(breaches(f"import msgspec\n{planted}", LAWS["the rules are pure"])) == 1


@pytest.mark.parametrize(
    "planted",
    [
        "from projections.models.orders.projector import PROJECTOR",
        "from projections.running.runner import ProjectionRunner",
        "from projections.stores.postgresql.model import PostgresModel",
        "from eventstore.store import EventStore",
        "from commands.command import Actor",
    ],
)
def test_what_the_read_api_may_not_reach_is_found(planted: str) -> None:
    law = LAWS["the read API asks queries, history and positions"]
    assert len(breaches(f"from projections.models.orders import queries\n{planted}", law)) == 1


def test_everything_else_that_is_allowed_is_of_the_standard_library() -> None:
    assert set(CALCULATION) - {"msgspec"} <= sys.stdlib_module_names
    assert set(SERVING) - sys.stdlib_module_names == {
        "httpx",
        "litestar",
        "prometheus_client",
        "psycopg",
        "psycopg_pool",
    }
