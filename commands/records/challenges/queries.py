"""Codes sent to a contact: how often one was, how often it was guessed at, and that it is spent."""

from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from psycopg import AsyncConnection

from eventstore.events.account import Channel
from eventstore.identity import Surface

type Connection = AsyncConnection[tuple[Any, ...]]
type Purpose = Literal[
    "registration",
    "sign_in",
    "password_reset",
    "factor",
    "step_up",
    "passkey",
    "passkey_new",
    "passkey_step_up",
    "social_registration",
    "contact_old",
    "recovery",
    "contact_new",
    "social_factor",
]

ATTEMPTS_MAX = 5
SENDS_MAX = 5

ADD = (
    "INSERT INTO challenges.challenge"
    " (challenge_id, purpose, account_id, contact_id, contact, origin, credentials, surface,"
    ' seller_id, "real", channel, country, sent_at, expires_at)'
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
OF = (
    "SELECT challenge_id, purpose, account_id, contact_id, contact, origin, credentials, surface,"
    " seller_id,"
    ' "real", channel, country, sent'
    " FROM challenges.challenge WHERE challenge_id = %s AND used_at IS NULL"
)
LAST_SENT = (
    "SELECT max(sent_at) FROM challenges.challenge"
    " WHERE contact = %s AND purpose = %s AND origin = %s"
)
# Two who try at once are counted one after the other, and one of two right answers is taken.
TRY = (
    "UPDATE challenges.challenge SET attempts = attempts + 1,"
    ' used_at = CASE WHEN %s AND "real" THEN %s::timestamptz END'
    " WHERE challenge_id = %s AND sent = %s AND used_at IS NULL AND attempts < %s"
    " AND expires_at > %s RETURNING used_at IS NOT NULL"
)
COUNT = (
    "UPDATE challenges.challenge SET attempts = attempts + 1 WHERE challenge_id = %s"
    " AND used_at IS NULL AND attempts < %s AND expires_at > %s"
)
USE = "UPDATE challenges.challenge SET used_at = %s WHERE challenge_id = %s AND used_at IS NULL"
AGAIN = (
    "UPDATE challenges.challenge SET sent = sent + 1, attempts = 0, sent_at = %s, expires_at = %s"
    " WHERE challenge_id = %s AND used_at IS NULL AND sent = %s AND sent < %s"
    " AND expires_at > %s"
)
ERASE = "DELETE FROM challenges.challenge WHERE account_id = %s"
EXPIRE = "DELETE FROM challenges.challenge WHERE expires_at < %s"
LATER = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """`contact` is the address's keyed hash, `origin` that of where it was asked from,
    `credentials` which of the account's passwords was shown before, `country` that of a number,
    `sent` how many codes it has had.
    """

    challenge_id: str
    purpose: Purpose
    account_id: str
    contact_id: str
    contact: str
    origin: str
    credentials: int
    surface: Surface
    seller_id: str
    real: bool
    channel: Channel = "email"
    country: str = ""
    sent: int = 1


async def add(
    connection: Connection, challenge: Challenge, sent_at: datetime, expires_at: datetime
) -> None:
    *values, _ = msgspec.structs.astuple(challenge)
    await connection.execute(ADD, [*values, sent_at, expires_at])


async def of(connection: Connection, challenge_id: str) -> Challenge | None:
    """None for one that is spent too."""
    row = await (await connection.execute(OF, [challenge_id])).fetchone()
    names = Challenge.__struct_fields__
    return Challenge(**dict(zip(names, row, strict=True))) if row else None


async def one_at_a_time(connection: Connection, contact: str) -> None:
    """Until the transaction ends nobody else writes to this address."""
    await connection.execute(LATER, [f"contact/{contact}"])


async def last_sent(connection: Connection, like: Challenge) -> datetime | None:
    """To this address, for this purpose, asked for from there."""
    asked = [like.contact, like.purpose, like.origin]
    row = await (await connection.execute(LAST_SENT, asked)).fetchone()
    return row[0] if row else None


async def tried(
    connection: Connection, challenge: Challenge, now: datetime, *, matches: bool
) -> bool:
    """Count a try; whether it was right, in time, and the first that was."""
    asked = [matches, now, challenge.challenge_id, challenge.sent, ATTEMPTS_MAX, now]
    row = await (await connection.execute(TRY, asked)).fetchone()
    return bool(row and row[0])


async def counted(connection: Connection, challenge_id: str, now: datetime) -> bool:
    """Count a try at something that is not looked at here; whether there may be one."""
    asked = [challenge_id, ATTEMPTS_MAX, now]
    return (await connection.execute(COUNT, asked)).rowcount == 1


async def used(connection: Connection, challenge_id: str, now: datetime) -> bool:
    """Spend it; whether it was not spent yet."""
    return (await connection.execute(USE, [now, challenge_id])).rowcount == 1


async def send_again(
    connection: Connection, challenge: Challenge, now: datetime, expires_at: datetime
) -> bool:
    """Whether there may be another code. The one before will not do any more."""
    asked = [now, expires_at, challenge.challenge_id, challenge.sent, SENDS_MAX, now]
    return (await connection.execute(AGAIN, asked)).rowcount == 1


async def expire(connection: Connection, now: datetime) -> int:
    """A day later than they are good for: somebody may ask why a code would not do."""
    return (await connection.execute(EXPIRE, [now - timedelta(days=1)])).rowcount


async def erase(connection: Connection, account_id: str) -> int:
    return (await connection.execute(ERASE, [account_id])).rowcount
