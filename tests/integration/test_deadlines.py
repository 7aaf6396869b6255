"""Deadlines and the runner's lock on a real database, and what was there before."""

import asyncio
from datetime import datetime, timedelta
from importlib.resources import files

import psycopg
from psycopg import AsyncConnection

from commands.process_managers import PROCESSES
from commands.processes.check_sellers import CheckSellers
from commands.processes.lift_restriction_when_over import LiftRestrictionWhenOver
from commands.processes.reactions import Unschedule
from commands.processes.send_notices import SendNotices
from commands.runner import process_tables as tables
from commands.runner.deadlines import fire_due
from commands.runner.process_runner import ProcessRunner
from tests.integration.outside_bench import CANCELLING, Bench, cancel, clock, run
from tests.integration.postgres_server import shared


async def fired(bench: Bench, now: datetime) -> int:
    return await fire_due(bench.connection, bench.dispatch, [CANCELLING], now)


def test_a_clock_that_jumps_ahead_fires_nothing(dsn: str) -> None:
    async def work(bench: Bench) -> None:
        due_at = clock() + timedelta(hours=1)
        await tables.store(bench.connection, [cancel("o1", due_at)])
        year = timedelta(days=365)
        assert await fired(bench, clock() + year) == 0
        assert await fired(bench, clock() - year) == 0

    run(dsn, work)


def test_a_refused_deadline_may_be_set_again_and_one_that_is_over_may_not(dsn: str) -> None:
    async def work(bench: Bench) -> None:
        due = cancel("o1", clock())
        await tables.store(bench.connection, [due])
        assert await fired(bench, clock()) == 1  # No such order.
        assert await fired(bench, clock()) == 0
        await bench.a_started_payment()
        await tables.store(bench.connection, [due])
        assert await fired(bench, clock()) == 1
        await tables.store(bench.connection, [(due[0], Unschedule("o1")), due])
        assert await fired(bench, clock()) == 0

    run(dsn, work)


def test_a_deadline_that_cannot_be_fired_holds_up_no_other(dsn: str) -> None:
    async def work(bench: Bench) -> None:
        await bench.a_started_payment()
        long_ago = clock() - timedelta(days=60)
        # Of a process that is not there any more.
        bad = ("retired", cancel("bad", long_ago)[1])
        await tables.store(bench.connection, [bad, cancel("o1", clock())])
        assert await fired(bench, clock()) == 2
        done = await bench.rows("SELECT instance FROM deadline WHERE done")
        assert done == [("o1",)]
        assert await fired(bench, clock()) == 0  # After a pause.

    run(dsn, work)


def test_two_runners_never_work_at_once(dsn: str) -> None:
    async def work(bench: Bench) -> None:
        first = await AsyncConnection.connect(dsn, autocommit=True)
        second = await AsyncConnection.connect(dsn, autocommit=True)
        await ProcessRunner([], bench.dispatch).resume(first)
        waiting = asyncio.create_task(ProcessRunner([], bench.dispatch).resume(second))
        blocked = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        async with asyncio.timeout(20):
            while await bench.rows(blocked) == [(0,)]:
                await asyncio.sleep(0.01)
        assert not waiting.done()
        await first.close()
        await asyncio.wait_for(waiting, 20)
        await second.close()

    run(dsn, work)


CALL = (
    b'{"kind":"refund","provider":"sandbox","key":"r1:p1","target":"ch","amount":'
    b'{"amount_minor":5,"currency":"EUR"},"subject_id":"r1"}'
)
OTHER_CALL = CALL.replace(b"r1", b"r2")


def fill_first_tables(connection: psycopg.Connection) -> None:
    connection.execute(
        "INSERT INTO provider_call (call_id, call, done, attempts, next_attempt_at)"
        " VALUES ('r1:p1', %s, false, 3, now()), ('gone', '', true, 0, now())",
        [CALL],
    )
    connection.execute(
        "INSERT INTO provider_call (call_id, call, done, next_attempt_at)"
        " VALUES ('old', %s, true, now())",
        [OTHER_CALL],
    )
    release = b'{"name":"ReleaseFunds","command":{"order_id":"o1","seller_id":"s1"}}'
    connection.execute(
        "INSERT INTO deadline (process, instance, due_at, command, done) VALUES"
        " ('release-escrow-after-acceptance', 'o1/s1', '2026-05-01Z', %s, false),"
        " ('pay-out-on-schedule', 's1/turn', '2026-05-01Z', %s, true)",
        [release, release],
    )


def test_calls_that_were_owed_before_the_table_had_kinds_are_owed_still() -> None:
    """The migration keeps the calls under way and those that are done."""
    schema = files("commands") / "schema"
    with shared().database() as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA old")
        connection.execute("SET search_path = old")
        connection.execute((schema / "0001_processes.sql").read_text().encode())
        fill_first_tables(connection)
        connection.execute((schema / "0002_owed.sql").read_text().encode())
        found = connection.execute(
            "SELECT kind, provider, subject, state, attempts, sweeps, payload FROM owed"
            " ORDER BY subject"
        ).fetchall()
        last = connection.execute(
            "SELECT due_at::date::text, convert_from(command, 'UTF8')::json"
            " -> 'command' ->> 'despite_refunds' FROM deadline WHERE instance = 'o1/s1/~last'"
        ).fetchone()
        connection.execute("INSERT INTO process_checkpoint VALUES ('processes', 42)")
        for later in ("0003_deadlines_of_processes.sql", "0004_processes_by_themselves.sql"):
            connection.execute((schema / later).read_text().encode())
        places = connection.execute("SELECT name, position FROM process_checkpoint").fetchall()
        again = connection.execute("SELECT instance FROM deadline WHERE refused").fetchall()
    assert found == [
        ("refund", "sandbox", "r1:p1", "owed", 3, 0, CALL),
        ("refund", "sandbox", "r2:p1", "done", 0, 3, OTHER_CALL),
    ]
    assert again == [("s1/turn",)]
    assert last == ("2026-05-15", "true")
    # Those that came later begin by themselves.
    later = (SendNotices, LiftRestrictionWhenOver, CheckSellers)
    assert dict(places) == {one.name: 42 for one in PROCESSES if one not in later}
