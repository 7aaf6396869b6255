"""What a part without a port waits for: asked of its servers, told in a file that status reads."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from psycopg import AsyncConnection

from deploy.settings import Settings
from deploy.stack_state import StackFolder

RETRY_S = 0.5
ASK_WITHIN_S = 3.0
NATS_PORT, REDIS_PORT = 4222, 6379
# Up, migrated, and no standby: all that our parts do with it needs writes.
WRITABLE = "SELECT current_setting('transaction_read_only') FROM log_head"

log = logging.getLogger(__name__)

type Ask = Callable[[], Awaitable[None]]


class NotWritable(Exception):
    """The database answers and takes no writes: a standby, or set to read only."""


class Waiting:
    """The reasons why parts of one process wait, each under the name of who waits."""

    def __init__(self, file: Path, needs: Mapping[str, Ask]) -> None:
        self._file = file
        self._needs = needs
        self._reasons: dict[str, str] = {}
        self._told = ""
        # What a process that was killed had told is not true of this one.
        file.unlink(missing_ok=True)

    def teller(self, who: str) -> Callable[[str], None]:
        """For somebody who knows what they wait for: tells the reason, or '' when it is over."""
        return lambda reason: self._tell(who, reason)

    async def until_there(self) -> None:
        """Until every server that the part needs answers, however long it takes."""
        while away := await self._away():
            self._tell("servers", ", ".join(f"{name} ({why})" for name, why in away.items()))
            await asyncio.sleep(RETRY_S)
        self._tell("servers", "")

    async def _away(self) -> dict[str, str]:
        whys = await asyncio.gather(*(_why_away(ask) for ask in self._needs.values()))
        return {name: why for name, why in zip(self._needs, whys, strict=True) if why}

    def _tell(self, who: str, reason: str) -> None:
        self._reasons[who] = reason
        told = "; ".join(dict.fromkeys(filter(None, self._reasons.values())))
        if told == self._told:
            return
        self._told = told
        log.warning("waits for %s", told) if told else log.info("waits no longer")
        try:
            temporary = self._file.with_suffix(".tmp")
            temporary.write_text(told)
            temporary.replace(self._file)
        except OSError as error:
            log.warning("%s cannot be written: %s", self._file, error.strerror)


async def _why_away(ask: Ask) -> str:
    """'' when the server answers."""
    try:
        async with asyncio.timeout(ASK_WITHIN_S):
            await ask()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is not there
        return type(error).__name__
    return ""


def waiting(settings: Settings, part: str, *needs: str) -> Waiting:
    """Of `postgresql`, `nats` and `redis` those that the part needs."""
    asks: dict[str, Ask] = {
        "postgresql": lambda: _postgresql(settings.database_url),
        "nats": lambda: _nats(settings.nats_url),
        "redis": lambda: _redis(settings.redis_url),
    }
    file = StackFolder(settings.data).waits(part)
    return Waiting(file, {name: asks[name] for name in needs})


async def _postgresql(dsn: str) -> None:
    async with await AsyncConnection.connect(dsn, autocommit=True, connect_timeout=2) as connection:
        row = await (await connection.execute(WRITABLE)).fetchone()
        if row is None or row[0] != "off":
            raise NotWritable


async def _nats(url: str) -> None:
    """The server greets whoever connects, before any secret is asked for."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(
        parts.hostname or "127.0.0.1", parts.port or NATS_PORT
    )
    try:
        if not (await reader.readline()).startswith(b"INFO"):
            raise ConnectionError(url)
    finally:
        writer.close()


async def _redis(url: str) -> None:
    # Some ten megabytes that most parts have no use for.
    import redis.asyncio  # noqa: PLC0415

    client = redis.asyncio.from_url(url)
    try:
        await client.ping()  # pyright: ignore[reportUnknownMemberType]
    finally:
        await client.aclose()
