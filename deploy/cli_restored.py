"""restored: after PostgreSQL was restored to an older state, make what lies outside follow it.

The read models in PostgreSQL and what the process managers remember were restored with the log.
The bus, the search index and the reports were not: they have events that the log has no longer.
"""

import argparse
import asyncio
from pathlib import Path

import nats.errors
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from deploy.cli_common import Failed, Subparsers, settings
from deploy.cli_models import Shown, connected, models_named
from eventstore import bus, likeness, reader, relay
from projections import checkpoints
from projections.checkpoints import Connection
from projections.model import Model
from projections.rebuilding.rebuild import Rebuild

BUS_WITHIN_S = 10.0
BOUND = "UPDATE relay_checkpoint SET position = least(position, (SELECT position FROM log_head))"


def add(commands: Subparsers, common: argparse.ArgumentParser) -> None:
    restored = commands.add_parser(
        "restored",
        parents=[common],
        help="after PostgreSQL was restored to an older state: make the bus and the stores follow",
        description="Empties the bus if it has events that the log has not, and rebuilds what lies"
        " outside of PostgreSQL. Needs a running stack.",
    )
    restored.add_argument(
        "--force", action="store_true", help="also when the bus has nothing but the log's events"
    )
    restored.set_defaults(run=run_restored)


def run_restored(chosen: argparse.Namespace) -> int:
    models = models_named(chosen.data, "all")

    async def work(dsn: str, connection: Connection) -> bool:
        foreign = await _empty_the_bus(chosen.data, connection, force=chosen.force)
        ahead = [model for model in models if await _is_ahead(connection, model)]
        wanted = [m for m in models if m in ahead or (foreign and m.store != "postgresql")]
        for model in wanted:
            shown = Shown(model.name)
            await Rebuild(dsn, model, shown).run(anew=True)
            print(f"{model.name} was rebuilt in {shown.done()} s")
        return foreign or bool(wanted)

    try:
        done = connected(chosen.data, work)
    except nats.errors.Error as error:
        raise Failed(f"NATS was lost ({type(error).__name__}): run it again.") from error
    if not done:
        print("The bus and the read models have nothing that the log has not: nothing was done.")
    return 0


async def _empty_the_bus(data: Path, connection: Connection, *, force: bool) -> bool:
    """Whether it was emptied. The relay and the readers make all that they need again."""
    client = await _bus(data)
    try:
        jetstream = bus.jetstream_of(client)
        if not force and not await _is_foreign(jetstream, connection):
            return False
        # Not purged: it would take new events for those that it has had at their positions.
        await jetstream.delete_stream(bus.STREAM)
        await bus.ensure_stream(jetstream)
        await connection.execute(BOUND)
    finally:
        await client.close()
    print("The bus was emptied.")
    return True


async def _bus(data: Path) -> Client:
    try:
        async with asyncio.timeout(BUS_WITHIN_S):
            return await bus.connect(settings(data).nats_url, "restored")
    except (OSError, TimeoutError, nats.errors.Error) as error:
        raise Failed(
            f"NATS does not answer ({type(error).__name__}): it is needed to empty the bus."
            " './deploy/market status' shows what runs."
        ) from error


async def _is_foreign(jetstream: JetStreamContext, connection: Connection) -> bool:
    try:
        sequence = (await jetstream.stream_info(bus.STREAM)).state.last_seq
    except NotFoundError as error:
        raise Failed("There is no stream EVENTS: the relay makes it when it starts.") from error
    last = await bus.event_at(jetstream, sequence)
    if last is None:
        return await relay.checkpoint(connection) > await reader.head(connection)
    return not await likeness.has(connection, last)


async def _is_ahead(connection: Connection, model: Model) -> bool:
    position = await checkpoints.read(connection, model.name)
    return position > await reader.head(connection)
