"""Stored shapes: every version ever stored can be read, for ever."""

import json
from pathlib import Path

import msgspec
import pytest

from eventstore.codec import decode_state, encode, name_of
from eventstore.events.base import Event
from eventstore.postings import postings
from eventstore.registry import REGISTRY
from eventstore.upcasters import UPCASTERS, Data, UnknownStoredName, upcast
from tests.unit.samples import ENVELOPE, SAMPLES

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
# What an older form does not hold, and is taken for.
SAID_NOTHING: dict[str, dict[str, str]] = {"seller.registered.v1": {"payout_provider": ""}}


def test_there_is_a_sample_of_every_event() -> None:
    assert {name_of(event) for event in SAMPLES} == set(REGISTRY)


@pytest.mark.parametrize("event", SAMPLES, ids=name_of)
def test_an_event_survives_storage(event: Event) -> None:
    stored = decode_state(name_of(event), encode(event, ENVELOPE))
    assert stored.data == event
    assert stored.actor == ENVELOPE.actor
    assert stored.occurred_at == ENVELOPE.occurred_at


@pytest.mark.parametrize("file", sorted(GOLDEN.glob("*.json")), ids=lambda file: file.stem)
def test_golden_samples_are_still_understood(file: Path) -> None:
    """The samples were written when their version was new and are never written again."""
    stored = decode_state(file.stem, file.read_bytes())
    sample = next(event for event in SAMPLES if type(event) is type(stored.data))
    expected = msgspec.structs.replace(sample, **SAID_NOTHING.get(file.stem, {}))
    assert stored.data == expected


@pytest.mark.parametrize("event", SAMPLES, ids=name_of)
def test_today_s_shape_is_the_golden_one(event: Event) -> None:
    golden = json.loads((GOLDEN / f"{name_of(event)}.json").read_text())
    assert json.loads(encode(event, ENVELOPE)) == golden


def test_the_person_behind_an_actor_is_kept() -> None:
    by_wanda = msgspec.structs.replace(ENVELOPE, account="~wanda")
    state = encode(SAMPLES[0], by_wanda)
    assert json.loads(state)["account"] == "~wanda"
    assert decode_state(name_of(SAMPLES[0]), state).account == "~wanda"
    assert decode_state(name_of(SAMPLES[0]), encode(SAMPLES[0], ENVELOPE)).account == ""


@pytest.mark.parametrize("event", SAMPLES, ids=name_of)
def test_postings_balance(event: Event) -> None:
    assert sum(posting.amount_minor for posting in postings(event)) == 0


def test_unknown_fields_in_the_log_are_an_error() -> None:
    state = json.loads(encode(SAMPLES[0], ENVELOPE))
    state["data"]["surprise"] = 1
    with pytest.raises(msgspec.ValidationError):
        decode_state(name_of(SAMPLES[0]), json.dumps(state).encode())


def test_old_names_are_upcast_step_by_step() -> None:
    def rename(data: Data) -> Data:
        return {"listing_id": data["item"], "units": data["n"]}

    def finish(data: Data) -> Data:
        return {"listing_id": data["listing_id"], "quantity": data["units"]}

    chain = {
        "stock.arrived.v0": ("stock.received.v0", rename),
        "stock.received.v0": ("stock.received.v1", finish),
    }
    state = json.loads(encode(SAMPLES[5], ENVELOPE))
    state["data"] = {"item": "l1", "n": 5}
    stored = decode_state("stock.arrived.v0", json.dumps(state).encode(), chain)
    assert stored.data == SAMPLES[5]
    with pytest.raises(UnknownStoredName):
        upcast("stock.lost.v1", {}, REGISTRY, UPCASTERS)
