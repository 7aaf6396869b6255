"""What the write API reads of a request besides its command."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest

from commands.command import Actor
from tests.given import NOW
from write_api.bodies import Body, EmptyBody
from write_api.caller import CLOCK_SKEW, EARLIEST, Caller, HeaderInvalid

DECODE: Any = msgspec.json.Decoder(EmptyBody).decode


def times(occurred_at: datetime | None) -> dict[str, Any]:
    caller = Caller(
        by=Actor("operator", "olga"),
        now=NOW,
        command_id="operator:olga/k",
        hashed=b"",
        if_match=None,
        dispatch=None,  # type: ignore[arg-type]
        providers=frozenset(),
    )
    return caller.times(Body(occurred_at=occurred_at))


@pytest.mark.parametrize(
    ("occurred_at", "taken"),
    [
        (None, NOW),
        (EARLIEST, EARLIEST),
        (NOW - timedelta(days=900), NOW - timedelta(days=900)),
        (NOW, NOW),
        (NOW + CLOCK_SKEW, NOW),
    ],
)
def test_the_past_from_2000_on_may_be_recorded(
    occurred_at: datetime | None, taken: datetime
) -> None:
    assert times(occurred_at) == {"now": NOW, "occurred_at": taken}


@pytest.mark.parametrize(
    "occurred_at",
    [
        EARLIEST - timedelta(microseconds=1),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, tzinfo=timezone(-timedelta(hours=14))),
        NOW + CLOCK_SKEW + timedelta(microseconds=1),
        NOW.replace(tzinfo=None),
    ],
)
def test_a_time_that_some_store_or_reader_cannot_hold_is_refused(occurred_at: datetime) -> None:
    with pytest.raises(HeaderInvalid) as refused:
        times(occurred_at)
    assert refused.value.header == "occurred_at"


@pytest.mark.parametrize(
    "text",
    ["0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "infinity", "2026-01-01T24:00:00Z", "NaN"],
)
def test_what_is_no_time_is_refused_by_the_body(text: str) -> None:
    with pytest.raises(msgspec.ValidationError, match="occurred_at"):
        DECODE(b'{"occurred_at":"%b"}' % text.encode())
