"""The NATS service `market`: what operators see and do of read models, over `nats.micro`."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

import msgspec
from nats.aio.client import Client
from nats.micro import add_service  # pyright: ignore[reportUnknownVariableType]
from nats.micro.request import Request
from nats.micro.service import EndpointConfig, GroupConfig, ServiceConfig
from psycopg import AsyncConnection

from deploy.wiring import clock
from eventstore.away import DATABASE_AWAY
from projections import control
from projections.checkpoints import Connection
from projections.control import UnknownModel
from projections.model import Model
from projections.read_models import VERSIONS
from projections.rebuilding.rebuild import RATE, AlreadyRebuilding, Rebuild, silently
from projections.running import parking
from projections.running.parking import NothingParked

NAME = "market"
VERSION = "1.0.0"
LISTED_MAX = 300
PAYLOAD_SHOWN = 1_000
ENCODER = msgspec.json.Encoder()

log = logging.getLogger(__name__)


class BadRequest(ValueError):
    """The request's data is not what the endpoint takes."""


class Named(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str


class RebuildWanted(Named, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`rate` in events a second, 0 for no limit."""

    dry_run: bool = False
    rate: int = RATE


class ParkedWanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str | None = None
    stream: str | None = None


class RetryWanted(Named, frozen=True, kw_only=True, forbid_unknown_fields=True):
    stream: str | None = None


class MarketService:
    """One instance a projector process; they share a queue group, any of them answers."""

    def __init__(self, dsn: str, models: Mapping[str, Model]) -> None:
        self._dsn = dsn
        self._models = models
        self._rebuilding: set[asyncio.Task[None]] = set()

    async def run(self, client: Client) -> None:
        """Serve until cancelled."""
        config = ServiceConfig(
            name=NAME, version=VERSION, description="Read models of the marketplace"
        )
        service = await add_service(client, config)
        market = service.add_group(GroupConfig(name=NAME))
        projections = service.add_group(GroupConfig(name=f"{NAME}.projections"))
        parked = service.add_group(GroupConfig(name=f"{NAME}.parked"))
        for group, name, handler in (
            (market, "status", self._status),
            (projections, "list", self._list),
            (projections, "pause", self._pause),
            (projections, "resume", self._resume),
            (projections, "rebuild", self._rebuild),
            (parked, "list", self._parked),
            (parked, "retry", self._retry),
        ):
            await group.add_endpoint(EndpointConfig(name=name, handler=self._answering(handler)))
        try:
            await asyncio.Event().wait()
        finally:
            for task in self._rebuilding:
                task.cancel()
            await service.stop()

    def _answering(
        self, handler: Callable[[Connection, bytes], Awaitable[object]]
    ) -> Callable[[Request], Coroutine[Any, Any, None]]:
        async def answer(request: Request) -> None:
            try:
                async with await AsyncConnection.connect(
                    self._dsn, autocommit=True, connect_timeout=3
                ) as connection:
                    found = await handler(connection, request.data)
            except (msgspec.MsgspecError, BadRequest) as error:
                await request.respond_error("400", str(error))
            except (UnknownModel, NothingParked) as error:
                await request.respond_error("404", str(error))
            except DATABASE_AWAY:
                await request.respond_error("503", "The database does not answer.")
            except Exception:
                log.exception("the service failed at %s", request.subject)
                await request.respond_error("500", "The fault is on our side.")
            else:
                await request.respond(ENCODER.encode(found))

        return answer

    def _model(self, name: str) -> Model:
        model = self._models.get(name)
        if model is None:
            raise UnknownModel(f"There is no read model {name!r}; there are {', '.join(VERSIONS)}.")
        return model

    async def _status(self, connection: Connection, _: bytes) -> object:
        return await control.overview(connection, clock(), VERSIONS, control.SAMPLE_S)

    async def _list(self, connection: Connection, _: bytes) -> object:
        seen = await control.overview(connection, clock(), VERSIONS)
        return [
            {
                "name": model.name,
                "state": model.state,
                "position": model.position,
                "version": model.version,
            }
            for model in seen.models
        ]

    async def _pause(self, connection: Connection, data: bytes) -> object:
        return await self._hold(connection, data, paused=True)

    async def _resume(self, connection: Connection, data: bytes) -> object:
        return await self._hold(connection, data, paused=False)

    async def _hold(self, connection: Connection, data: bytes, *, paused: bool) -> object:
        wanted = msgspec.json.decode(data or b"{}", type=Named)
        await control.hold(connection, wanted.name, paused=paused)
        return {"name": wanted.name, "paused": paused}

    async def _rebuild(self, _: Connection, data: bytes) -> object:
        """It goes on after the answer: `status` shows how far it is, in `building`."""
        wanted = msgspec.json.decode(data or b"{}", type=RebuildWanted)
        if wanted.rate < 0:
            raise BadRequest("rate must not be negative")
        model = self._model(wanted.name)
        rebuild = Rebuild(self._dsn, model, silently, wanted.rate)
        task = asyncio.create_task(_rebuilt(rebuild, model.name, dry_run=wanted.dry_run))
        self._rebuilding.add(task)
        task.add_done_callback(self._rebuilding.discard)
        return {"name": model.name, "started": True}

    async def _parked(self, connection: Connection, data: bytes) -> object:
        wanted = msgspec.json.decode(data or b"{}", type=ParkedWanted)
        if wanted.name is not None:
            self._model(wanted.name)
        found = await parking.listed(connection, wanted.name, wanted.stream, LISTED_MAX)
        # A message holds a megabyte: whole payloads are for the command line.
        return [
            msgspec.structs.replace(parked, payload=parked.payload[:PAYLOAD_SHOWN])
            for parked in found
        ]

    async def _retry(self, connection: Connection, data: bytes) -> object:
        wanted = msgspec.json.decode(data or b"{}", type=RetryWanted)
        return await control.retry(connection, self._model(wanted.name), wanted.stream)


async def _rebuilt(rebuild: Rebuild, name: str, *, dry_run: bool) -> None:
    try:
        done = await rebuild.run(dry_run=dry_run)
    except AlreadyRebuilding as error:
        log.warning("%s", error)
    except Exception:
        log.exception("%s could not be rebuilt", name)
    else:
        log.info("%s rebuilt to position %d", name, done.position)
