"""Texts of persons, sealed before they come into the log, each under a key of its subject.

A sealed text is AES-256-GCM under that key. The same text of the same subject is sealed the same
way each time, so that a repeated command is the same command; nobody else's is. Whoever reads the
log, a read model or a backup sees noise; who has the vault opens it; once the key is erased it is
`ERASED` everywhere and for ever, whoever kept a copy.
"""

import base64
import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from eventstore.master_key import MasterKey

ERASED = "erased"
BROKEN = "unreadable"
MARK = "~sealed.1."
KEY_BYTES = 32
ID_BYTES = 12
NONCE_BYTES = 12
KEPT_MAX = 10_000
# So long another process may still open what was erased.
KEPT_S = 60.0
AT_ONCE = 500

OF_SUBJECTS = (
    "SELECT subject, key_id, wrapped, master FROM subject_keys.subject_key"
    " WHERE subject = ANY(%s) AND erased_at IS NULL"
)
OF_IDS = (
    "SELECT key_id, wrapped, master FROM subject_keys.subject_key"
    " WHERE key_id = ANY(%s) AND erased_at IS NULL"
)
MAKE = (
    "INSERT INTO subject_keys.subject_key (key_id, subject, wrapped, master)"
    " VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"
)
ERASE = (
    "UPDATE subject_keys.subject_key SET wrapped = NULL, erased_at = clock_timestamp()"
    " WHERE subject = %s AND erased_at IS NULL"
)
OTHERS = (
    "SELECT key_id, wrapped, master FROM subject_keys.subject_key"
    " WHERE wrapped IS NOT NULL AND master <> %s ORDER BY key_id LIMIT %s FOR UPDATE SKIP LOCKED"
)
LEFT = "SELECT count(*) FROM subject_keys.subject_key WHERE wrapped IS NOT NULL AND master <> %s"
REWRAP = "UPDATE subject_keys.subject_key SET wrapped = %s, master = %s WHERE key_id = %s"

type Connection = AsyncConnection[tuple[Any, ...]]
type Pool = AsyncConnectionPool[Connection]


class LooksSealed(ValueError):
    """A text to be sealed begins as a sealed one does."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} may not begin with {MARK!r}")
        self.field = field


class Rotated(msgspec.Struct, frozen=True):
    """How many keys were wrapped anew, and how many still are not."""

    done: int
    left: int


class _Key(msgspec.Struct, frozen=True):
    key_id: str
    key: bytes
    until: float


def is_sealed(text: str) -> bool:
    return text.startswith(MARK)


class Vault:
    """`clock` tells how long a key has been kept in memory."""

    def __init__(
        self, pool: Pool, master: MasterKey, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._pool = pool
        self._master = master
        self._clock = clock
        self._keys: OrderedDict[str, _Key] = OrderedDict()

    async def seal(self, subject: str, texts: Mapping[str, str]) -> dict[str, str]:
        """By the names of their fields; what is empty stays empty. A new subject gets a key.

        Raises `LooksSealed` for a text that begins as a sealed one does.
        """
        for field, text in texts.items():
            if is_sealed(text):
                raise LooksSealed(field)
        key = await self._of_subject(subject)
        return {name: _seal(key, name, text) if text else "" for name, text in texts.items()}

    async def open(self, field: str, texts: Sequence[str]) -> list[str]:
        """Of a field, in their order; what is not sealed is as it is.

        What has no key any more is `ERASED`, what was sealed otherwise or elsewhere `BROKEN`.
        """
        wanted = {_key_id(text) for text in texts if is_sealed(text)}
        known = {one: self._kept(one) for one in wanted}
        missing = [one for one, key in known.items() if key is None]
        if missing:
            known |= await self._of_ids(missing)
        return [
            _open(known[_key_id(text)], field, text) if is_sealed(text) else text for text in texts
        ]

    async def rotate(self, report: Callable[[int], None]) -> Rotated:
        """Wrap all keys with today's master key; `report` is told on the way how many were.

        What somebody else has in hand is left, and told.
        """
        done = 0
        while True:
            async with self._pool.connection() as connection, connection.transaction():
                cursor = await connection.execute(OTHERS, [self._master.name, AT_ONCE])
                rows = await cursor.fetchall()
                for key_id, wrapped, master in rows:
                    key = await self._master.unwrap(bytes(wrapped), key_id, master)
                    again = await self._master.wrap(key, key_id)
                    await connection.execute(REWRAP, [again, self._master.name, key_id])
            if not rows:
                break
            done += len(rows)
            report(done)
        async with self._pool.connection() as connection:
            (left,) = await (await connection.execute(LEFT, [self._master.name])).fetchone() or (0,)
        return Rotated(done, int(left))

    async def _of_subject(self, subject: str) -> _Key:
        """Asked for each time: nothing is sealed under a key that was erased a moment ago."""
        async with self._pool.connection() as connection:
            row = await self._row(connection, subject)
            while row is None:
                key_id = secrets.token_hex(ID_BYTES)
                wrapped = await self._master.wrap(secrets.token_bytes(KEY_BYTES), key_id)
                await connection.execute(MAKE, [key_id, subject, wrapped, self._master.name])
                row = await self._row(connection, subject)
        return self._kept(row[0]) or self._keep(await self._unwrapped(*row))

    async def _row(self, connection: Connection, subject: str) -> tuple[str, bytes, str] | None:
        row = await (await connection.execute(OF_SUBJECTS, [[subject]])).fetchone()
        return (row[1], bytes(row[2]), row[3]) if row else None

    async def _of_ids(self, ids: Sequence[str]) -> dict[str, _Key | None]:
        async with self._pool.connection() as connection:
            rows = await (await connection.execute(OF_IDS, [list(ids)])).fetchall()
        found: dict[str, _Key | None] = dict.fromkeys(ids)
        for key_id, wrapped, master in rows:
            found[key_id] = self._keep(await self._unwrapped(key_id, bytes(wrapped), master))
        return found

    async def _unwrapped(self, key_id: str, wrapped: bytes, master: str) -> _Key:
        key = await self._master.unwrap(wrapped, key_id, master)
        return _Key(key_id, key, self._clock() + KEPT_S)

    def _kept(self, key_id: str) -> _Key | None:
        key = self._keys.get(key_id)
        if key is not None and self._clock() >= key.until:
            del self._keys[key_id]
            return None
        return key

    def _keep(self, key: _Key) -> _Key:
        self._keys[key.key_id] = key
        self._keys.move_to_end(key.key_id)
        if len(self._keys) > KEPT_MAX:
            self._keys.popitem(last=False)
        return key


async def erase(connection: Connection, subject: str) -> int:
    """Forget a subject's key: what was sealed under it cannot be opened any more."""
    return (await connection.execute(ERASE, [subject])).rowcount


def _about(key_id: str, field: str) -> bytes:
    """A sealed text opens in its own field alone: one that is shown elsewhere is no way round."""
    return f"{key_id}/{field}".encode()


def _seal(key: _Key, field: str, text: str) -> str:
    about = _about(key.key_id, field)
    told = b"nonce\0" + about + b"\0" + text.encode()
    nonce = hmac.digest(key.key, told, hashlib.sha256)[:NONCE_BYTES]
    sealed = AESGCM(key.key).encrypt(nonce, text.encode(), about)
    return f"{MARK}{key.key_id}.{base64.urlsafe_b64encode(nonce + sealed).decode().rstrip('=')}"


def _open(key: _Key | None, field: str, text: str) -> str:
    if key is None:
        return ERASED
    packed = text.rpartition(".")[2]
    padded = packed + "=" * (-len(packed) % 4)
    try:
        data = base64.b64decode(padded, altchars=b"-_", validate=True)
        nonce, sealed = data[:NONCE_BYTES], data[NONCE_BYTES:]
        return AESGCM(key.key).decrypt(nonce, sealed, _about(key.key_id, field)).decode()
    except (ValueError, InvalidTag):
        return BROKEN


def _key_id(text: str) -> str:
    return text.removeprefix(MARK).partition(".")[0]
