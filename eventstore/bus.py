"""The names on the bus: one JetStream stream, a subject an event, the position as message id."""

from typing import cast

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import (
    DiscardPolicy,
    RawStreamMsg,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import NotFoundError

from eventstore.reader import StoredRow

STREAM = "EVENTS"
SUBJECTS = "events.>"
DEAD_LETTERS = "DEAD_LETTERS"
DEAD_SUBJECTS = "dead.>"
DEAD_AGE_MAX_S = 90 * 86_400.0
DUPLICATE_WINDOW_S = 120.0
AGE_MAX_S = 7 * 86_400.0

POSITION = "Nats-Msg-Id"
STREAM_ID = "Market-Stream"
VERSION = "Market-Version"
NAME = "Market-Name"

NAME_PARTS = 3


def subject(name: str) -> str:
    """`escrow.funds_held.v1` is published on `events.escrow.funds_held`.

    A name of another shape, which no writer of ours gives, has a subject of its own.
    """
    parts = name.split(".")
    if len(parts) != NAME_PARTS or not all(part.replace("_", "").isalnum() for part in parts):
        return "events.unknown"
    return f"events.{parts[0]}.{parts[1]}"


def dead_subject(model: str, name: str) -> str:
    """What `orders` could not apply is on `dead.orders.<category>.<event>`."""
    return f"dead.{model}.{subject(name).removeprefix('events.')}"


async def connect(url: str, name: str) -> Client:
    """A connection that comes back by itself for ever."""
    return await nats.connect(  # pyright: ignore[reportUnknownMemberType] - untyped options
        url,
        name=name,
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.25,
        connect_timeout=5,
        error_cb=_quiet,
    )


def jetstream_of(client: Client) -> JetStreamContext:
    return client.jetstream()  # pyright: ignore[reportUnknownMemberType] - untyped options


def headers_of(message: Msg | RawStreamMsg) -> dict[str, str]:
    """The headers, which nats-py leaves untyped; none are an empty dict."""
    return cast("dict[str, str] | None", message.headers) or {}  # pyright: ignore[reportUnknownMemberType]


def event_of(message: Msg | RawStreamMsg) -> StoredRow | None:
    """The event that a message carries; None if it carries none of ours."""
    headers = headers_of(message)
    try:
        position, version = int(headers[POSITION]), int(headers[VERSION])
        return StoredRow(position, headers[STREAM_ID], version, headers[NAME], message.data or b"")
    except (KeyError, ValueError):
        return None


async def event_at(jetstream: JetStreamContext, sequence: int) -> StoredRow | None:
    """What the message of a sequence carries; None if it is gone, or carries no event of ours."""
    if sequence == 0:
        return None
    try:
        return event_of(await jetstream.get_msg(STREAM, seq=sequence))
    except NotFoundError:
        return None


async def _quiet(_: Exception) -> None:
    """Lost connections show in each part's status; nats-py would print a trace a second."""


async def ensure_stream(jetstream: JetStreamContext, replicas: int = 1) -> None:
    """The stream is a window on the log, not the log: a week, then PostgreSQL has the rest."""
    about = "Every event of the log, in position order"
    await _ensure(jetstream, STREAM, about, SUBJECTS, AGE_MAX_S, replicas)


async def ensure_dead_letters(jetstream: JetStreamContext, replicas: int = 1) -> None:
    """Copies of what projections have parked, to be seen and alarmed on; PostgreSQL has them."""
    about = "Events that a projection could not apply"
    await _ensure(jetstream, DEAD_LETTERS, about, DEAD_SUBJECTS, DEAD_AGE_MAX_S, replicas)


async def _ensure(
    jetstream: JetStreamContext,
    name: str,
    about: str,
    subjects: str,
    age_max_s: float,
    replicas: int,
) -> None:
    try:
        await jetstream.stream_info(name)
    except NotFoundError:
        await jetstream.add_stream(  # pyright: ignore[reportUnknownMemberType]
            StreamConfig(
                name=name,
                description=about,
                subjects=[subjects],
                retention=RetentionPolicy.LIMITS,
                discard=DiscardPolicy.OLD,
                storage=StorageType.FILE,
                num_replicas=replicas,
                max_age=age_max_s,
                duplicate_window=DUPLICATE_WINDOW_S,
            )
        )
