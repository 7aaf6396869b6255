"""Codes of six digits, sent to a contact: bound to what they were asked for, and good for once."""

import hmac
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from commands.accounts.addresses import Address
from commands.accounts.evenly import in_steps
from commands.accounts.gate import NOWHERE, Kind, Origin
from commands.accounts.means import Means
from commands.accounts.notices import Notices
from commands.accounts.refusals import CodeJustSent, CodeRefused
from commands.accounts.texting import Asked as TextAsked
from commands.records.challenges import queries as challenges
from commands.records.challenges.queries import Challenge, Purpose
from commands.records.record import Connection
from commands.streams.contact.state import Claimed
from eventstore.events.notice import Template
from eventstore.identity import Surface

LIFETIME = timedelta(minutes=10)
RESEND = timedelta(seconds=60)
TEMPLATES: dict[Purpose, Template] = {
    "registration": "registration_code",
    "sign_in": "sign_in_code",
    "password_reset": "reset_code",
    "step_up": "step_up_code",
    "social_registration": "registration_code",
    "contact_old": "contact_old_code",
    "recovery": "recovery_code",
    "contact_new": "contact_new_code",
}
# What whoever reads that mailbox is told where no code will do.
INSTEAD: dict[Purpose, Template] = {
    "registration": "already_registered",
    "social_registration": "already_registered",
    "contact_new": "already_registered",
    "password_reset": "not_registered",
}


# What a stranger to the number can ask for.
ASKED_BY_ANYBODY: frozenset[Purpose] = frozenset(
    {"registration", "social_registration", "password_reset", "contact_new"}
)
# Of questions that go nowhere: an authenticator's, a passkey's.
NOWHERE_TO = Address("", "")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The same for an address that is known and for one that is not.

    `by` is where the code comes from: a letter, a text message, or a second factor of their own.
    """

    challenge_id: str
    expires_at: datetime
    resend_at: datetime
    by: Literal["email", "phone", "factor"] = "email"


class Codes:
    def __init__(self, means: Means, notices: Notices) -> None:
        self._means = means
        self._notices = notices

    def new(
        self,
        purpose: Purpose,
        contact: Claimed,
        name: str,
        origin: Origin,
        *,
        credentials: int = 1,
        surface: Surface = "buyer",
        seller_id: str = "",
        real: bool = True,
        to: Address = NOWHERE_TO,
    ) -> Challenge:
        """`name` is the keyed hash of the address that it goes `to`. If it is not `real`, no code
        ever does.
        """
        return Challenge(
            challenge_id=self._means.new_id(),
            purpose=purpose,
            account_id=contact.account_id,
            contact_id=contact.contact_id,
            contact=name,
            origin=self._means.keys.contact("origin", origin.address),
            credentials=credentials,
            surface=surface,
            seller_id=seller_id,
            real=real,
            channel=to.channel,
            country=to.country,
        )

    async def may_write(self, to: Address, origin: Origin) -> str:
        """The address's keyed hash. Raises what the gate raises; of a number `PhonesAreOff`, or
        `PhoneInvalid` for one in a country that no messages go to.
        """
        name = self._means.keys.contact(to.channel, to.same)
        if to.channel == "phone":
            self._means.texting.must_take(to.country)
        kind: Kind = "text" if to.channel == "phone" else "letter"
        await self._means.gate.let_through(origin.attempt(kind, name))
        return name

    async def keep(self, connection: Connection, challenge: Challenge, now: datetime) -> None:
        """In the caller's transaction. Raises `CodeJustSent` for who has an address written to too
        often, known or not: nobody else's asking keeps its owner waiting. Raises `TextsAreSpent`
        for a number that may have no more messages.
        """
        await challenges.one_at_a_time(connection, challenge.contact)
        last = await challenges.last_sent(connection, challenge)
        _not_too_soon(last, now)
        await self._spend(connection, challenge, now)
        await challenges.add(connection, challenge, now, now + LIFETIME)

    async def send(self, challenge: Challenge, now: datetime) -> Asked:
        """Ask for the message. Who cannot be given a code is told why, by letter: a stranger to a
        number costs nothing.
        """
        expires_at = now + LIFETIME
        if challenge.real or challenge.channel == "email":
            templates = TEMPLATES if challenge.real else INSTEAD
            template = templates[challenge.purpose]
            notice_id = _notice_of(challenge)
            channel = challenge.channel
            await self._notices.tell(
                challenge.contact_id, template, notice_id, now, expires_at, channel=channel
            )
        return Asked(
            challenge_id=challenge.challenge_id,
            expires_at=expires_at,
            resend_at=now + RESEND,
            by=challenge.channel,
        )

    async def _spend(self, connection: Connection, challenge: Challenge, now: datetime) -> None:
        if challenge.channel == "phone":
            self._means.texting.must_take(challenge.country)
            asked = TextAsked(
                number=challenge.contact,
                country=challenge.country,
                address=challenge.origin,
                own=challenge.purpose not in ASKED_BY_ANYBODY,
            )
            await self._means.texting.spend(connection, asked, now)

    async def send_again(self, challenge_id: str, now: datetime, origin: Origin = NOWHERE) -> Asked:
        """Another code; the one before will not do any more. Raises `CodeJustSent`, `CodeRefused`
        for one that is spent, unknown, or was sent too often, and what the gate raises.
        """
        async with in_steps(self._means.draw):
            return await self._send_again(challenge_id, now, origin)

    async def _send_again(self, challenge_id: str, now: datetime, origin: Origin) -> Asked:
        async with self._means.records.connection() as connection:
            found = await challenges.of(connection, challenge_id)
        if found is None or found.purpose not in TEMPLATES:
            raise CodeRefused(field="challenge_id")
        kind: Kind = "text" if found.channel == "phone" else "letter"
        await self._means.gate.let_through(origin.attempt(kind, found.contact))
        async with self._means.records.connection() as connection, connection.transaction():
            challenge = await challenges.of(connection, challenge_id)
            if challenge is None or challenge.purpose not in TEMPLATES:
                raise CodeRefused(field="challenge_id")
            await challenges.one_at_a_time(connection, challenge.contact)
            last = await challenges.last_sent(connection, challenge)
            _not_too_soon(last, now)
            await self._spend(connection, challenge, now)
            if not await challenges.send_again(connection, challenge, now, now + LIFETIME):
                raise CodeRefused(field="challenge_id")
        again = msgspec.structs.replace(challenge, sent=challenge.sent + 1)
        return await self.send(again, now)

    async def whose(self, challenge_id: str, *purposes: Purpose) -> Challenge:
        """Whose tries are counted. Raises `CodeRefused` for one that is spent or unknown."""
        async with self._means.records.connection() as connection:
            challenge = await challenges.of(connection, challenge_id)
        if challenge is None or challenge.purpose not in purposes:
            raise CodeRefused(field="code")
        return challenge

    async def spend(
        self, challenge_id: str, purpose: Purpose, code: str, now: datetime
    ) -> Challenge:
        """Raises `CodeRefused`, the same for every reason."""
        async with self._means.records.connection() as connection:
            challenge = await challenges.of(connection, challenge_id)
            if challenge is None or challenge.purpose != purpose:
                raise CodeRefused(field="code")
            right = self._means.keys.code(_notice_of(challenge))
            matches = hmac.compare_digest(right.encode(), code.encode())
            if not await challenges.tried(connection, challenge, now, matches=matches):
                raise CodeRefused(field="code")
        return challenge


def _notice_of(challenge: Challenge) -> str:
    """The notice that tells a challenge's newest code, which is derived from its name."""
    return f"{challenge.challenge_id}.{challenge.sent}"


def _not_too_soon(last: datetime | None, now: datetime) -> None:
    if last is not None and now - last < RESEND:
        wait = int((RESEND - (now - last)).total_seconds()) + 1
        raise CodeJustSent(f"A code was sent a moment ago: come again in {wait} s.", after_s=wait)
