"""Second factors: codes of an authenticator, and ten recovery codes for who has lost it.

A step's code is accepted once. Seeds are sealed under their account's key; of recovery codes, which
have 120 bits, only hashes are kept.
"""

import base64
import hashlib
import hmac
from datetime import datetime

import msgspec
from pyotp.totp import TOTP

from commands.accounts.means import Means, cause, theirs
from commands.accounts.notices import Notices
from commands.accounts.refusals import CodeRefused, PasskeyRefused
from commands.command import Command
from commands.records.contacts import queries as contacts
from commands.records.factors import passkeys
from commands.records.factors import queries as factors
from commands.records.factors.passkeys import New
from commands.records.factors.queries import Factor
from commands.records.record import Connection
from commands.streams.account.messages import AddFactor, RemoveFactor
from commands.streams.account.refusals import FactorUnknown
from eventstore.events.account import FactorKind, account_stream
from eventstore.events.session import Method

ISSUER = "Marketplace"
SEED_BYTES = 20
STEP_S = 30
# A clock that is half a minute off is still right.
STEPS_OFF = (-1, 0, 1)
RECOVERY_CODES = 10
RECOVERY_BYTES = 15
FIELD = "totp_seed"


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """An authenticator to be: `secret` and `uri` are shown this once."""

    factor_id: str
    secret: str
    uri: str


class Factors:
    def __init__(self, means: Means, notices: Notices) -> None:
        self._means = means
        self._notices = notices

    async def begin_totp(self, account_id: str, now: datetime) -> Begun:
        """Nothing is asked for until a code of it was shown."""
        factor_id = self._means.new_id()
        secret = base64.b32encode(self._means.draw(SEED_BYTES)).decode()
        sealed = (await self._means.vault.seal(account_id, {FIELD: secret}))[FIELD]
        async with self._means.records.connection() as connection:
            await factors.add(connection, factor_id, account_id, "totp", sealed, now)
            label = await label_of(connection, account_id)
        uri = TOTP(secret).provisioning_uri(name=label, issuer_name=ISSUER)
        return Begun(factor_id=factor_id, secret=secret, uri=uri)

    async def confirm_totp(
        self, account_id: str, factor_id: str, code: str, now: datetime
    ) -> list[str]:
        """Recovery codes, if the account had none left.

        Raises `FactorUnknown`, `CodeRefused`, `TooManyFactors`.
        """
        async with self._means.records.connection() as connection:
            found = await factors.of(connection, account_id)
            begun = next((one for one in found if one.factor_id == factor_id), None)
            if begun is None or begun.kind != "totp":
                raise FactorUnknown(field="factor_id")
            if not await self._shows(connection, begun, code, now):
                raise CodeRefused(field="code")
        return await self._confirmed(account_id, factor_id, "totp", now)

    async def add_passkey(self, account_id: str, new: New, now: datetime) -> list[str]:
        """Its key was shown to work. Recovery codes, if the account had none left.

        Raises `PasskeyRefused` for a credential that somebody has, `TooManyFactors`.
        """
        async with self._means.records.connection() as connection, connection.transaction():
            await factors.add(connection, new.factor_id, account_id, "passkey", None, now)
            if not await passkeys.add(connection, new):
                raise PasskeyRefused(field="credential")
        return await self._confirmed(account_id, new.factor_id, "passkey", now)

    async def _confirmed(
        self, account_id: str, factor_id: str, kind: FactorKind, now: datetime
    ) -> list[str]:
        await self._added(account_id, factor_id, kind, now)
        async with self._means.records.connection() as connection:
            await factors.confirm(connection, factor_id, now)
            left = await factors.codes_left(connection, account_id)
        await self._notices.tell_account(account_id, "factor_added", factor_id, now)
        return [] if left else await self.draw_codes(account_id, now)

    async def draw_codes(self, account_id: str, now: datetime) -> list[str]:
        """Ten new ones; those of before will not do any more."""
        factor_id = self._means.new_id()
        drawn = [_spelled(self._means.draw(RECOVERY_BYTES)) for _ in range(RECOVERY_CODES)]
        async with self._means.records.connection() as connection:
            found = await factors.of(connection, account_id)
            before = [one for one in found if one.kind == "recovery_codes"]
        instead_of = before[-1].factor_id if before else ""
        await self._added(account_id, factor_id, "recovery_codes", now, instead_of)
        async with self._means.records.connection() as connection, connection.transaction():
            await factors.remove_codes(connection, account_id)
            await factors.add(connection, factor_id, account_id, "recovery_codes", None, now)
            await factors.confirm(connection, factor_id, now)
            await factors.add_codes(connection, account_id, factor_id, map(_hash, drawn))
        return drawn

    async def has(self, account_id: str) -> bool:
        """Whether one is asked for. Recovery codes alone are none."""
        async with self._means.records.connection() as connection:
            found = await factors.of(connection, account_id)
        return any(one.confirmed and one.kind != "recovery_codes" for one in found)

    async def shown(self, account_id: str, code: str, now: datetime) -> Method | None:
        """What this is a code of; None if of nothing, or if it was shown before."""
        async with self._means.records.connection() as connection:
            for one in await factors.of(connection, account_id):
                if (
                    one.confirmed
                    and one.kind == "totp"
                    and await self._shows(connection, one, code, now)
                ):
                    return "password+totp"
            if not await factors.spend_code(connection, account_id, _hash(code)):
                return None
        used = hashlib.sha256(_hash(code)).hexdigest()[:16]
        await self._notices.tell_account(account_id, "recovery_code_used", used, now)
        return "password+recovery_code"

    async def remove(self, account_id: str, factor_id: str, now: datetime) -> None:
        """Raises `FactorUnknown`."""
        command = RemoveFactor(
            account_id=account_id,
            factor_id=factor_id,
            **theirs(account_id, now),
        )
        await self._send(command, account_id, f"{factor_id}/remove")
        async with self._means.records.connection() as connection:
            await factors.remove(connection, factor_id, account_id)
        await self._notices.tell_account(account_id, "factor_removed", factor_id, now)

    async def _shows(
        self, connection: Connection, factor: Factor, code: str, now: datetime
    ) -> bool:
        if factor.seed is None:
            return False
        (secret,) = await self._means.vault.open(FIELD, [factor.seed])
        step = _step_of(secret, code, now)
        return step is not None and await factors.spend_step(connection, factor.factor_id, step)

    async def _added(
        self, account_id: str, factor_id: str, kind: FactorKind, now: datetime, instead_of: str = ""
    ) -> None:
        command = AddFactor(
            account_id=account_id,
            factor_id=factor_id,
            kind=kind,
            instead_of=instead_of,
            **theirs(account_id, now),
        )
        await self._send(command, account_id, f"{factor_id}/add")

    async def _send(self, command: Command, account_id: str, what: str) -> None:
        asked = cause(f"factor/{what}", account_stream(account_id))
        await self._means.dispatch(command, asked)


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """The step of time whose code it is."""
    today = int(now.timestamp()) // STEP_S
    totp = TOTP(secret)
    found = None
    for step in (today + off for off in STEPS_OFF):
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode()):
            found = step
    return found


def _spelled(code: bytes) -> str:
    """For people: four groups of six."""
    text = base64.b32encode(code).decode()
    return "-".join(text[start : start + 6] for start in range(0, len(text), 6))


def _hash(code: str) -> bytes:
    """However it is typed: letters of either size, with or without hyphens and blanks."""
    plain = code.upper().replace("-", "").replace(" ", "")
    return hashlib.sha256(plain.encode()).digest()


async def label_of(connection: Connection, account_id: str) -> str:
    for contact_id in await contacts.confirmed_of(connection, account_id):
        address = await contacts.address_of(connection, contact_id)
        if address is not None:
            return address
    return account_id
