"""Personal data is marked on the event's field; what looks personal and is not marked is found."""

import re
import typing
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from eventstore.codec import decode_state, encode
from eventstore.events.base import Event
from eventstore.personal import Personal, parts, personal_fields
from eventstore.registry import REGISTRY
from eventstore.values import Envelope
from read_api.redaction import PERSONAL, REDACTED, redacted

LOOKS_PERSONAL = re.compile(
    r"(^|_)(name|email|phone|address|document|text|source|destination|tracking_number|iban|card"
    r"|birth|passport|inn|contact)($|_)"
)
# Marked nowhere, and why.
PUBLIC = {
    ("seller.registered.v2", "name"): "the shop's name, which everybody sees",
    ("shipping_quote.issued.v1", "source"): "who set the amounts: an operator or the tariff",
    ("account.registered.v1", "contact_id"): "the id of a row, which can be erased",
    ("account.password_reset.v1", "contact_id"): "the id of a row, which can be erased",
    ("membership.invited.v1", "contact_id"): "the id of a row, which can be erased",
    ("notice.requested.v1", "contact_id"): "the id of a row, which can be erased",
    ("account.contact_changed.v1", "contact_id"): "the id of a row, which can be erased",
    ("contact.released.v1", "contact_id"): "the id of a row, which can be erased",
    ("contact.released.v1", "contact"): "a hash under a key that is in no table",
    ("contact.restored.v1", "contact_id"): "the id of a row, which can be erased",
    ("contact.restored.v1", "contact"): "a hash under a key that is in no table",
    ("contact.claimed.v1", "contact_id"): "the id of a row, which can be erased",
    ("contact.claimed.v1", "contact"): "a hash under a key that is in no table",
}


def fields(kind: type[msgspec.Struct]) -> Iterator[str]:
    for name, hint in typing.get_type_hints(kind, include_extras=True).items():
        yield name
        for part in parts(hint):
            if isinstance(part, type) and issubclass(part, msgspec.Struct):
                yield from fields(part)


@pytest.mark.parametrize("name", REGISTRY)
def test_what_looks_personal_is_marked_or_said_to_be_public(name: str) -> None:
    suspects = {field for field in fields(REGISTRY[name]) if LOOKS_PERSONAL.search(field)}
    public = {field for event, field in PUBLIC if event == name}
    assert suspects == personal_fields(REGISTRY[name]) | public


def test_what_is_marked_is_redacted_for_auditors() -> None:
    assert {
        "source", "destination", "payout_destination", "tracking_number", "unreadable_text", "address", "text"
    } == PERSONAL  # fmt: skip
    assert redacted({"lines": [{"source": "tok_1"}], "reason": "r"}) == {
        "lines": [{"source": REDACTED}],
        "reason": "r",
    }


class Address(msgspec.Struct, frozen=True):
    street: Personal[str]
    city: str


class Moved(Event, frozen=True, kw_only=True, tag="probe.moved.v1"):
    to: tuple[Address, ...]
    phone: Personal[str | None] = None


def test_marks_are_found_in_what_an_event_holds_and_change_nothing_of_what_is_stored() -> None:
    assert personal_fields(Moved) == {"street", "phone"}
    event: Any = Moved(to=(Address("Main Street 1", "Berlin"),), phone="+49")
    stored = msgspec.json.encode(event)
    assert msgspec.json.decode(stored, type=Moved) == event
    assert b"personal" not in stored


def test_a_marked_field_is_stored_as_before() -> None:
    event = REGISTRY["order.shipment_handed_over.v1"](
        order_id="o1", seller_id="s1", carrier="CDEK", tracking_number="T1"
    )  # type: ignore[call-arg]
    at = msgspec.convert("2026-05-04T12:00:00Z", type=Any)
    envelope = msgspec.convert(
        {
            "occurred_at": at,
            "recorded_at": at,
            "actor": "seller:s1",
            "command_id": "c",
            "correlation_id": "o",
            "causation_id": "c",
        },
        Envelope,
    )
    state = encode(event, envelope)
    assert b'"tracking_number":"T1"' in state
    assert decode_state("order.shipment_handed_over.v1", state).data == event
