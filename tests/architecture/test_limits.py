"""The limits that the project sets itself, as tests."""

import ast
import typing
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from commands.refusals import Refusal
from eventstore.events.base import Event, stored_name
from eventstore.postings import ENTRIES
from eventstore.registry import REGISTRY
from write_api.problems import STATUS

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("eventstore", "commands", "projections", "write_api", "read_api", "deploy")
FUNCTION_LINES_MAX = 40
FILE_LINES_MAX = 300
UNWANTED = ("FIX" + "ME", "TO" + "DO", "XX" + "X")


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders or PRODUCT:
        yield from sorted((ROOT / folder).rglob("*.py"))


def named(file: Path) -> str:
    return str(file.relative_to(ROOT))


def too_large(text: str) -> Iterator[str]:
    lines = len(text.splitlines())
    if lines > FILE_LINES_MAX:
        yield f"{lines} lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or 0) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield f"{node.name} has {lines} lines"


@pytest.mark.parametrize("file", [*sources(), *sources("tests")], ids=named)
def test_files_and_functions_stay_small(file: Path) -> None:
    text = file.read_text()
    assert not list(too_large(text))
    assert not [word for word in UNWANTED if word in text]


@pytest.mark.parametrize("file", list(sources()), ids=named)
def test_pauses_are_measured_by_a_clock_that_does_not_jump(file: Path) -> None:
    """The wall clock only dates facts. The sandbox is somebody else, with a clock of theirs."""
    if "sandbox" in file.parts:
        return
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            assert (node.value.id, node.attr) != ("time", "time"), node.lineno


def _types(annotation: object) -> Iterator[object]:
    yield annotation
    for argument in typing.get_args(annotation):
        yield from _types(argument)
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        for hint in typing.get_type_hints(annotation).values():
            yield from _types(hint)


@pytest.mark.parametrize("name", REGISTRY)
def test_no_event_holds_a_fraction(name: str) -> None:
    held = set(_types(REGISTRY[name]))
    assert not held & {float, Decimal}


@pytest.mark.parametrize("name", REGISTRY)
def test_every_event_has_a_permanent_name_and_a_golden_sample(name: str) -> None:
    category, fact, version = name.split(".")
    assert category.isidentifier()
    assert fact.isidentifier()
    assert version.removeprefix("v").isdecimal()
    assert (ROOT / "tests" / "golden" / f"{name}.json").is_file()


def test_every_event_type_is_registered() -> None:
    def leaves(kind: type[Event]) -> Iterator[type[Event]]:
        if "." in stored_name(kind):
            yield kind
        for child in kind.__subclasses__():
            yield from leaves(child)

    declared = {kind for kind in leaves(Event) if kind.__module__.startswith("eventstore.")}
    assert declared == set(REGISTRY.values())
    assert set(ENTRIES) <= declared


def test_the_top_level_holds_only_what_was_settled() -> None:
    settled = {*PRODUCT, "tests", "pyproject.toml", "README.md"}
    found = {entry.name for entry in ROOT.iterdir() if not entry.name.startswith(".")}
    assert found <= settled


def _below(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)


def test_every_refusal_is_of_one_kind_and_says_something() -> None:
    """Its kind gives its status; no kind is raised by itself."""
    assert set(Refusal.__subclasses__()) == set(STATUS)
    refusals = set(_below(Refusal)) - set(STATUS)
    assert len({refusal.code for refusal in refusals}) == len(refusals)
    for refusal in refusals:
        assert sum(issubclass(refusal, kind) for kind in STATUS) == 1
        assert refusal.message
