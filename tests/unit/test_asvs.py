"""The table of OWASP's standard: complete, and its proofs are there."""

import msgspec
import pytest

from deploy.cli_asvs import Item, faults, items

ITEMS = items()


def test_the_page_is_complete_and_each_proof_is_there() -> None:
    assert list(faults(ITEMS)) == []
    assert len([one for one in ITEMS if one.chapter != "V5"]) == 96


def changed(index: int, **more: object) -> list[Item]:
    return [*ITEMS[:index], msgspec.structs.replace(ITEMS[index], **more), *ITEMS[index + 1 :]]


@pytest.mark.parametrize(
    ("found", "fault"),
    [
        (ITEMS[:-1], "V10 has 24 items of level 2, 23 are here"),
        (changed(0, state="done"), f"{ITEMS[0].id} is done"),
        (changed(0, state="met", tests=[]), f"{ITEMS[0].id} is met, and no test proves it"),
        (changed(0, state="open", reason=""), f"{ITEMS[0].id} is open, and no reason"),
        (
            changed(0, tests=["unit/test_asvs.py::test_of_nothing"]),
            f"{ITEMS[0].id}: there is no unit/test_asvs.py::test_of_nothing",
        ),
        (changed(1, id=ITEMS[0].id), f"{ITEMS[0].id} is there twice"),
    ],
)
def test_what_is_wrong_is_said(found: list[Item], fault: str) -> None:
    assert [one for one in faults(found) if one.startswith(fault)]
