"""The log in the eyes of the `eventsourcing` library."""

import msgspec
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

from eventstore.codec import Recorded
from tests.integration.store_desk import (
    logged,
    opened,
    place,
    run,
    stocked,
)


def test_the_eventsourcing_library_reads_the_same_log(dsn: str) -> None:
    async def work() -> None:
        async with opened(dsn) as desk:
            await stocked(desk, 5, ["l1", "l2"])
            await desk.all({f"o{n}": place(f"o{n}", listings=["l1", "l2"]) for n in range(5)})

    run(work())
    ours: list[Recorded] = []

    async def read() -> None:
        ours.extend(await logged(dsn))

    run(read())
    at_server = conninfo_to_dict(dsn)
    with PostgresDatastore(
        str(at_server["dbname"]),
        str(at_server["host"]),
        str(at_server["port"]),
        str(at_server["user"]),
        str(at_server["password"]),
        originator_id_type="text",
    ) as datastore:
        recorder = PostgresApplicationRecorder(datastore)
        notifications = recorder.select_notifications(1, 1000)
        assert recorder.max_notification_id() == len(ours)
        some = recorder.select_notifications(None, 1000, topics=["stock.reserved.v1"])
        streams = {
            stream: recorder.select_events(stream) for stream in {one.stream for one in ours}
        }
    theirs = [(n.id, n.originator_id, n.originator_version, n.topic) for n in notifications]
    assert theirs == [(r.position, r.stream, r.version, r.name) for r in ours]
    assert len(some) == 10
    for stream, events in streams.items():
        expected = [(r.version, r.name) for r in ours if r.stream == stream]
        assert [(e.originator_version, e.topic) for e in events] == expected
    for notification, recorded in zip(notifications, ours, strict=True):
        state = msgspec.json.decode(notification.state)
        assert state["data"]["type"] == recorded.name
        assert state["command_id"] == recorded.envelope.command_id
