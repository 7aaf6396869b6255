"""Events that cannot be decoded: who may pass them, and who must not."""

import pytest

from eventstore.reader import StoredRow
from eventstore.unreadable import EventUnreadable, Unreadable, decode_or_mark
from projections.history.fold import rows_by_model
from projections.models.ledger.projector import PROJECTOR as LEDGER
from projections.models.listing_search.projector import PROJECTOR as LISTING_SEARCH
from projections.models.listings.projector import PROJECTOR as LISTINGS
from projections.models.orders.projector import PROJECTOR as ORDERS
from projections.models.sales.facts import rows_of

ENVELOPE = (
    b'"occurred_at":"2026-01-02T03:04:05Z","recorded_at":"2026-01-02T03:04:06Z",'
    b'"actor":"operator:x","command_id":"c","correlation_id":"r","causation_id":"c"'
)


def row(name: str, state: bytes) -> StoredRow:
    return StoredRow(7, "listing-x", 2, name, state)


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("listing.repriced.v1", b"{" + ENVELOPE + b',"data":{"type":"listing.repriced.v1"}}'),
        ("listing.repriced.v9", b"{" + ENVELOPE + b',"data":{}}'),
        ("listing.repriced.v1", b"\xff\xfe"),
        ("listing.repriced.v1", b"{"),
        ("nonsense", b"[]"),
    ],
)
def test_it_is_marked_in_its_place(name: str, state: bytes) -> None:
    marked = decode_or_mark(row(name, state))
    assert isinstance(marked.event, Unreadable)
    assert (marked.position, marked.stream, marked.version, marked.name) == (
        7,
        "listing-x",
        2,
        name,
    )
    assert marked.event.reason
    known = state.startswith(b"{" + ENVELOPE)
    assert marked.envelope.actor == ("operator:x" if known else "")
    assert rows_by_model([marked]) == {}


def test_a_known_name_stops_only_those_whom_it_concerns() -> None:
    marked = decode_or_mark(row("listing.repriced.v1", b"{}"))
    assert not [*LEDGER.project([marked]).changes()]
    assert rows_of([marked]) == {}
    for project in (LISTINGS.project, ORDERS.project, LISTING_SEARCH.refuse_unreadable):
        with pytest.raises(EventUnreadable, match=r"listing\.repriced\.v1"):
            project([marked])


def test_an_unknown_name_may_concern_everyone() -> None:
    marked = decode_or_mark(row("escrow.split.v2", b"{}"))
    for project in (LEDGER.project, LISTINGS.project, LISTING_SEARCH.refuse_unreadable, rows_of):
        with pytest.raises(EventUnreadable):
            project([marked])
