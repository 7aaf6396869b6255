"""What waits in a table for weeks is read by whatever version comes: samples of it stay.

A sample that no longer decodes needs a migration of the rows that are like it. In `earlier` are
the forms that are not written any more, each beside what it is read as.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from commands.outside.ports import PORTS
from commands.process_managers import PROCESSES

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "waiting"
EARLIER = sorted((GOLDEN / "earlier").iterdir())


def waiting() -> Iterator[tuple[str, Any]]:
    for port in PORTS.values():
        for kind in port.kinds:
            yield f"call.{port.name}.{kind}", port.call_type
    for process in PROCESSES:
        if process.state_type.__struct_fields__:
            yield f"state.{process.name}", process.state_type


KINDS = dict(waiting())


@pytest.mark.parametrize("name", KINDS)
def test_what_waits_is_read_and_written_as_it_was(name: str) -> None:
    sample = (GOLDEN / f"{name}.json").read_bytes()
    decoded = msgspec.json.decode(sample, type=KINDS[name])
    assert json.loads(msgspec.json.encode(decoded)) == json.loads(sample)


@pytest.mark.parametrize("earlier", EARLIER, ids=lambda file: file.stem)
def test_what_was_written_otherwise_is_read_as_the_same(earlier: Path) -> None:
    now = (GOLDEN / earlier.name).read_bytes()
    kind = KINDS[earlier.stem]
    assert msgspec.json.decode(earlier.read_bytes(), type=kind) == msgspec.json.decode(
        now, type=kind
    )


def test_there_is_a_sample_of_everything_that_waits_and_of_nothing_else() -> None:
    assert {file.stem for file in GOLDEN.glob("*.json")} == set(KINDS)
