"""The log as a test reads it: decoded from SQL, and divided by who it is about."""

from collections.abc import Iterator, Sequence

from eventstore.codec import Recorded, decode
from tests.conftest import Api

PAGE = 5_000


def replayed(api: Api, upto: int) -> Iterator[Recorded]:
    for start in range(0, upto, PAGE):
        rows = api.sql(
            "SELECT notification_id, originator_id, originator_version, topic, state"
            " FROM stored_events WHERE notification_id > %s AND notification_id <= %s"
            " ORDER BY notification_id",
            start,
            min(start + PAGE, upto),
        )
        for position, stream, version, name, state in rows:
            yield decode(position, stream, version, name, bytes(state))


def of_order(events: Sequence[Recorded], order_id: str) -> list[Recorded]:
    return [
        recorded
        for recorded in events
        if getattr(recorded.event, "order_id", None) == order_id
        and not recorded.name.startswith("stock.")
    ]


def of_seller(events: Sequence[Recorded], seller_id: str) -> list[Recorded]:
    return [r for r in events if getattr(r.event, "seller_id", None) == seller_id]
