"""SQL of the webhook inbox: what came in, and is tried until it is answered or parked."""

from typing import Any

import msgspec

from commands.outside.owed import Connection

CHANNEL = "inbox"  # Rung when something has come in.

# What never gets an answer that we understand is for a person to see.
UNCLEAR_MAX = 30

TAKE = (
    "UPDATE webhook_inbox SET attempts = attempts + 1, next_attempt_at = clock_timestamp()"
    " + least(0.05 * (attempts + 1) ^ 2, 600) * interval '1 second'"
    " WHERE (provider, external_id) IN (SELECT provider, external_id FROM webhook_inbox"
    "  WHERE provider = %s AND translated_at IS NULL AND NOT parked"
    "  AND next_attempt_at <= clock_timestamp()"
    "  ORDER BY next_attempt_at LIMIT %s FOR UPDATE SKIP LOCKED)"
    " RETURNING provider, external_id, body,"
    " attempts > 10 AND received_at < clock_timestamp() - interval '1 day'"
)
TRANSLATED = (
    "UPDATE webhook_inbox SET translated_at = clock_timestamp(), problem = %s"
    " WHERE provider = %s AND external_id = %s"
)
NOTE = (
    "UPDATE webhook_inbox SET problem = %(problem)s, unclear = unclear + %(unclear)s,"
    " parked = %(park)s OR unclear + %(unclear)s >= %(most)s"
    " WHERE provider = %(provider)s AND external_id = %(external_id)s"
)
PARKED = (
    "SELECT provider, external_id, received_at, attempts, problem FROM webhook_inbox"
    " WHERE parked ORDER BY received_at LIMIT %s"
)
RETRY = (
    "UPDATE webhook_inbox SET parked = false, unclear = 0, next_attempt_at = clock_timestamp()"
    " WHERE parked AND (%(external_id)s = '' OR external_id = %(external_id)s)"
)


class Stored(msgspec.Struct, frozen=True):
    """`stale`: it came more than a day ago and has been tried often."""

    provider: str
    external_id: str
    body: bytes
    stale: bool


class Parked(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery as an operator sees it."""

    provider: str
    external_id: str
    received_at: Any
    attempts: int
    problem: str | None


async def take(connection: Connection, provider: str, limit: int) -> list[Stored]:
    """Deliveries to translate now; each comes again later, with growing pauses."""
    cursor = await connection.execute(TAKE, [provider, limit])
    return [
        Stored(of, external_id, bytes(body), stale)
        for of, external_id, body, stale in await cursor.fetchall()
    ]


async def translated(connection: Connection, delivery: Stored, problem: str | None) -> None:
    key = [delivery.provider, delivery.external_id]
    await connection.execute(TRANSLATED, [problem, *key])


async def note(
    connection: Connection, delivery: Stored, error: Exception, *, unclear: bool, park: bool
) -> None:
    """Why it is not translated yet; one that is parked waits for a person."""
    await connection.execute(
        NOTE,
        {
            "problem": f"{type(error).__name__}: {error}"[:500],
            "unclear": int(unclear),
            "park": park,
            "most": UNCLEAR_MAX,
            "provider": delivery.provider,
            "external_id": delivery.external_id,
        },
    )


async def parked(connection: Connection, limit: int) -> list[Parked]:
    cursor = await connection.execute(PARKED, [limit])
    rows = await cursor.fetchall()
    return [Parked(**dict(zip(Parked.__struct_fields__, row, strict=True))) for row in rows]


async def retry(connection: Connection, external_id: str = "") -> int:
    """Try parked deliveries again: one, or all. How many there were."""
    retried = (await connection.execute(RETRY, {"external_id": external_id})).rowcount
    await connection.execute(f"NOTIFY {CHANNEL}")
    return retried
