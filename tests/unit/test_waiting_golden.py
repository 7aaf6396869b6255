"""What waits in a table for weeks is read by whatever version comes: samples of it stay.

A sample that no longer decodes needs a migration of the rows that are like it.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from commands.outside.payments.call import CallKind
from commands.outside.ports import PORTS
from commands.process_managers import PROCESSES

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "waiting"


def waiting() -> Iterator[tuple[str, Any]]:
    for kind in get_args(CallKind.__value__):
        yield f"call.payments.{kind}", PORTS["payments"].call_type
    for process in PROCESSES:
        if process.state_type.__struct_fields__:
            yield f"state.{process.name}", process.state_type


@pytest.mark.parametrize(("name", "kind"), list(waiting()), ids=[name for name, _ in waiting()])
def test_what_waits_is_read_and_written_as_it_was(name: str, kind: Any) -> None:
    sample = (GOLDEN / f"{name}.json").read_bytes()
    decoded = msgspec.json.decode(sample, type=kind)
    assert json.loads(msgspec.json.encode(decoded)) == json.loads(sample)


def test_there_is_a_sample_of_everything_that_waits_and_of_nothing_else() -> None:
    assert {file.stem for file in GOLDEN.iterdir()} == {name for name, _ in waiting()}
