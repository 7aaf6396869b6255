"""A store whose server takes no writes, or comes back with an older log."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from litestar.testing import AsyncTestClient
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from deploy.embedded.ports import pick
from deploy.http.keys import make_keys
from deploy.parts.read import make_read_app
from deploy.parts.write import make_write_app
from deploy.settings import Settings, from_environment
from deploy.waiting import waiting
from eventstore.errors import Unavailable
from projections import checkpoints
from projections.running.applier import Applier
from tests.integration.logs import append, restore
from tests.integration.postgres_server import PostgresServer
from tests.integration.projection_lab import Poisoned
from tests.integration.store_desk import (
    connected,
    end_backends,
    logged,
    opened,
    receive,
    register,
    run,
    stocked,
    until,
)
from tests.unit.test_settings import GOOD


@contextmanager
def read_only(server: PostgresServer, dsn: str) -> Iterator[None]:
    """As a standby that is not promoted: every statement that writes is refused with 25006."""
    name = sql.Identifier(str(conninfo_to_dict(dsn)["dbname"]))

    def become(value: str) -> None:
        change = sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = {}")
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            connection.execute(change.format(name, sql.SQL(value)))

    become("on")
    try:
        yield
    finally:
        become("off")


async def eventually(desk: Callable[..., object], command_id: str, command: object) -> object:
    """What a client does: the same again while the store says so."""
    while True:
        try:
            return await desk(command_id, command)  # type: ignore[misc]
        except Unavailable:
            await asyncio.sleep(0.02)


def test_a_server_that_takes_no_writes_is_waited_for(server: PostgresServer, dsn: str) -> None:
    async def work() -> None:
        async with opened(dsn) as desk:
            await stocked(desk, 1)
            with read_only(server, dsn):
                await end_backends(server, dsn)
                await until(lambda: not desk.store.ready)
                with pytest.raises(Unavailable):
                    await desk("meanwhile", receive("l1", 1))
            await eventually(desk, "later", receive("l1", 1))
        async with opened(dsn) as desk:
            assert (await desk("later", receive("l1", 1))).replayed

    run(work())


def test_a_store_that_nobody_uses_knows_that_its_server_is_gone(
    server: PostgresServer, dsn: str
) -> None:
    async def work() -> None:
        async with opened(dsn) as desk:
            with read_only(server, dsn):
                await end_backends(server, dsn)
                await until(lambda: not desk.store.ready)
            await until(lambda: desk.store.ready)

    run(work())


def test_a_part_says_what_it_waits_for_and_goes_on(
    server: PostgresServer, dsn: str, tmp_path: Path
) -> None:
    """A database that takes no writes, and a bus that is not there, are both named."""
    bus_port = pick(None, set())
    urls = {"MARKET_DATABASE_URL": dsn, "MARKET_NATS_URL": f"nats://127.0.0.1:{bus_port}"}
    settings = from_environment(GOOD | urls | {"MARKET_DATA": str(tmp_path)})
    file = tmp_path / "run" / "relay.waits"
    file.parent.mkdir()
    file.write_text("what a process that was killed had told")

    def told() -> str:
        return file.read_text() if file.exists() else ""

    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"INFO {}\r\n")
        writer.close()

    async def work() -> None:
        waits = waiting(settings, "relay", "postgresql", "nats")
        assert told() == ""
        waits.teller("somebody")("a reason of their own")
        with read_only(server, dsn):
            task = asyncio.create_task(waits.until_there())
            await until(lambda: "nats (ConnectionRefusedError)" in told())
            assert "postgresql (NotWritable)" in told()
            assert "a reason of their own" in told()
            bus = await asyncio.start_server(greet, "127.0.0.1", bus_port)
            await until(lambda: "nats" not in told())
            assert not task.done()
        await task
        assert told() == "a reason of their own"
        waits.teller("somebody")("")
        assert told() == ""
        bus.close()

    run(work())


def test_a_session_that_becomes_read_only_fails_nobody_for_good(
    server: PostgresServer, dsn: str
) -> None:
    """The server refuses the batch itself: it was not written, and is not the command's fault."""

    async def work() -> None:
        async with opened(dsn) as desk:
            await stocked(desk, 1)
            connection = desk.store._connector.connection
            await connection.execute("SET default_transaction_read_only = on")
            with pytest.raises(Unavailable):
                await desk("now", receive("l1", 1))
            outcome = await eventually(desk, "now", receive("l1", 1))
            assert outcome is not None
        assert [event.envelope.command_id for event in await logged(dsn)].count("now") == 1

    run(work())


def test_a_first_answer_is_not_given_again_for_what_the_log_has_lost(
    server: PostgresServer, dsn: str
) -> None:
    async def work() -> None:
        async with opened(dsn) as desk:
            first = await desk("c1", register("s1"))
            await desk("c2", register("s2"))
            await asyncio.to_thread(restore, dsn, first.position)
            await end_backends(server, dsn)
            await until(lambda: not desk.store.ready)
            again = await eventually(desk, "c2", register("s2"))
            assert again.replayed is False  # type: ignore[attr-defined]
            kept = await eventually(desk, "c1", register("s1"))
            assert kept.replayed is True  # type: ignore[attr-defined]
        streams = [event.stream for event in await logged(dsn)]
        assert streams == ["seller-s1", "seller-s2"]

    run(work())


def test_a_read_model_ahead_of_the_log_stops_and_says_what_to_do(dsn: str) -> None:
    lab = Poisoned()

    async def work() -> None:
        append(dsn, 20)
        async with connected(dsn) as connection, connected(dsn) as source:
            applier = Applier([lab.model], "test")
            await applier.begin(connection)
            assert await applier.drain(connection, source) == 20
            restore(dsn, 10)
            again = Applier([lab.model], "test")
            await again.begin(connection)
            assert again.rests
            standing = (await checkpoints.standings(connection, [lab.name]))[lab.name]
            assert standing.stopped
            assert f"project rebuild {lab.name}" in str(standing.problem)

    run(work())


@pytest.fixture
def settings(dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("keys")
    given = GOOD | {"MARKET_DATA": str(folder), "MARKET_DATABASE_URL": dsn}
    made = from_environment(given)
    make_keys(made.private_key_file, made.public_key_file)
    return made


@pytest.mark.parametrize("make", [make_write_app, make_read_app])
def test_an_api_serves_before_its_database_is_there_and_says_so(
    server: PostgresServer, settings: Settings, make: Callable[[Settings], object]
) -> None:
    async def work() -> None:
        server.stop()
        try:
            async with AsyncTestClient(app=make(settings)) as client:  # type: ignore[arg-type]
                assert (await client.get("/healthz")).json() == {"status": "ok"}
                answer = await client.get("/readyz")
                assert answer.status_code == 503
                assert answer.json() == {"status": "waiting", "waits_for": "postgresql"}
                await asyncio.to_thread(server.start)
                while (answer := await client.get("/readyz")).status_code == 503:
                    if answer.json()["waits_for"] != "postgresql":
                        break  # Nobody projects here.
                    await asyncio.sleep(0.05)
        finally:
            server.stop()
            server.start()

    run(work())
