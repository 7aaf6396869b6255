"""asvs: the table of OWASP's verification standard, and whether its proofs are there."""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec

from deploy.cli_common import Subparsers, add_json, table
from deploy.cli_models import print_json

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "deploy" / "asvs.md"
# How many items of levels 1 and 2 version 5.0.0 has, by chapter.
ITEMS = {
    ("V5", 1): 4, ("V5", 2): 5,
    ("V6", 1): 13, ("V6", 2): 22,
    ("V7", 1): 6, ("V7", 2): 12,
    ("V8", 1): 4, ("V8", 2): 3,
    ("V9", 1): 4, ("V9", 2): 3,
    ("V10", 1): 5, ("V10", 2): 24,
}  # fmt: skip
STATES = ("met", "partly", "none", "open")
ROW = re.compile(r"\| (V\d+\.\d+\.\d+) \| ([12]) \| (.+?) \| (\w+) \| (.+) \|")
PROOF = re.compile(r"`([\w/]+\.py)::(\w+)`")


class Item(msgspec.Struct, frozen=True):
    """`tests` are those that prove it, `reason` why it is not all of it."""

    id: str
    level: int
    asks: str
    state: str
    tests: list[str]
    reason: str

    @property
    def chapter(self) -> str:
        return self.id.partition(".")[0]


def add(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    made = commands.add_parser("asvs", parents=[common], help="OWASP's standard, item by item")
    add_json(made)
    made.add_argument("--check", action="store_true", help="whether each proof is there")
    made.set_defaults(run=run)


def items() -> list[Item]:
    return [_item(*found) for found in ROW.findall(PAGE.read_text())]


def _item(name: str, level: str, asks: str, state: str, cell: str) -> Item:
    tests = [f"{file}::{test}" for file, test in PROOF.findall(cell)]
    return Item(name, int(level), asks, state, tests, PROOF.sub("", cell).strip())


def faults(found: list[Item]) -> Iterator[str]:
    """What is wrong with the page, a line each."""
    counted = Counter((one.chapter, one.level) for one in found)
    for (chapter, level), many in ITEMS.items():
        if counted[chapter, level] != many:
            yield f"{chapter} has {many} items of level {level}, {counted[chapter, level]} are here"
    twice = [name for name, times in Counter(one.id for one in found).items() if times > 1]
    yield from (f"{name} is there twice" for name in twice)
    for one in found:
        if one.state not in STATES:
            yield f"{one.id} is {one.state}, which is none of {', '.join(STATES)}"
        if one.state == "met" and not one.tests:
            yield f"{one.id} is met, and no test proves it"
        if one.state != "met" and not one.reason:
            yield f"{one.id} is {one.state}, and no reason says why"
        yield from (f"{one.id}: there is no {test}" for test in one.tests if not _is_there(test))


def _is_there(test: str) -> bool:
    file, _, name = test.partition("::")
    path = ROOT / "tests" / file
    return (
        path.is_file() and re.search(rf"^def {name}\(", path.read_text(), re.MULTILINE) is not None
    )


def run(chosen: argparse.Namespace) -> int:
    found = items()
    if chosen.check:
        wrong = list(faults(found))
        print(*wrong, sep="\n", file=sys.stderr, end="\n" if wrong else "")
        return 1 if wrong else 0
    if chosen.json:
        print_json(found)
        return 0
    rows = [[one.id, str(one.level), one.state, one.asks] for one in found]
    print(table(["item", "level", "state", "what it asks for"], rows))
    return 0
