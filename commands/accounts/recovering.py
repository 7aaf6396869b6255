"""Who has lost all second factors: waits for three days, in which the owner can stop it.

It takes the password (a sign-in that waits for a factor) and a code to every contact. After the
wait the same password and `finish` remove the factors: a letter's code lets in again.
"""

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from commands.accounts.addresses import contact as parsed
from commands.accounts.codes import Asked, Codes
from commands.accounts.gate import Origin
from commands.accounts.means import Means, asked, cause, theirs
from commands.accounts.notices import Notices
from commands.accounts.owners import account_of
from commands.accounts.refusals import CodeRefused
from commands.accounts.tokens import UNDO, read
from commands.command import Actor, Command
from commands.records.challenges import queries as challenges
from commands.records.challenges.queries import Challenge
from commands.records.contacts import queries as contacts
from commands.records.factors import queries as factors
from commands.records.recoveries import queries as recoveries
from commands.streams.account.messages import (
    BeginRecovery,
    CancelRecovery,
    FinishRecovery,
    RecoveryAnswer,
)
from commands.streams.account.refusals import RecoveryUnknown
from commands.streams.account.state import Registered
from commands.streams.contact.state import Claimed
from eventstore.events.account import account_stream
from eventstore.events.notice import Template

WAIT = timedelta(hours=72)
FACTOR_DUE = frozenset({"factor", "social_factor"})


class Waits(msgspec.Struct, frozen=True, kw_only=True):
    recovery_id: str
    due_at: datetime


class Recovering:
    def __init__(self, means: Means, codes: Codes, notices: Notices) -> None:
        self._means = means
        self._codes = codes
        self._notices = notices

    async def begin(self, challenge_id: str, origin: Origin, now: datetime) -> list[Asked]:
        """A code to each contact of whoever has shown the password.

        Raises `CodeRefused` for what waits for no factor, `CodeJustSent`, and what the gate raises.
        """
        due = await self._due(challenge_id, origin, now)
        asked_for: list[Challenge] = []
        async with self._means.records.connection() as connection, connection.transaction():
            for one in await contacts.owned_by(connection, due.account_id):
                whose = Claimed(account_id=due.account_id, contact_id=one.contact_id)
                to = parsed(one.address)
                asked_for.append(self._codes.new("recovery", whose, one.name, origin, to=to))
            for challenge in asked_for:
                await self._codes.keep(connection, challenge, now)
        return [await self._codes.send(challenge, now) for challenge in asked_for]

    async def confirm(
        self, challenge_id: str, codes: Mapping[str, str], origin: Origin, now: datetime
    ) -> Waits:
        """`codes` by their challenges: of all contacts.

        Raises `CodeRefused`, `RecoveryUnderWay`, `NothingToRecover`, `PasswordWasReset`.
        """
        due = await self._due(challenge_id, origin, now)
        shown: set[str] = set()
        for one, code in codes.items():
            challenge = await self._codes.spend(one, "recovery", code, now)
            if challenge.account_id != due.account_id:
                raise CodeRefused(field="codes")
            shown.add(challenge.contact_id)
        async with self._means.records.connection() as connection:
            if shown != set(await contacts.confirmed_of(connection, due.account_id)):
                raise CodeRefused(field="codes")
        waits = Waits(recovery_id=self._means.new_id(), due_at=now + WAIT)
        async with self._means.records.connection() as connection:
            await recoveries.add(connection, waits.recovery_id, due.account_id, now)
        command = BeginRecovery(
            account_id=due.account_id,
            recovery_id=waits.recovery_id,
            credentials=due.credentials,
            due_at=waits.due_at,
            **theirs(due.account_id, now),
        )
        await self._send(command, f"{waits.recovery_id}/begin", due.account_id)
        await self._tell(due.account_id, "recovery_begun", waits.recovery_id, now)
        return waits

    async def cancel(self, text: str, now: datetime) -> str:
        """By a letter's token. The account; raises `CodeRefused` or `RecoveryUnknown`."""
        token = read(UNDO, text)
        if token is None or not hmac.compare_digest(self._means.keys.undo(token.of), token.secret):
            raise CodeRefused(field="token")
        async with self._means.records.connection() as connection:
            account_id = await recoveries.whose(connection, token.of)
        if account_id is None:
            raise CodeRefused(field="token")
        return await self._cancel(account_id, token.of, now)

    async def cancel_own(self, account_id: str, now: datetime) -> str:
        """By who is signed in. Raises `RecoveryUnknown`."""
        async with self._means.records.connection() as connection:
            account = await account_of(connection, account_id)
        if not isinstance(account, Registered) or account.recovery is None:
            raise RecoveryUnknown
        return await self._cancel(account_id, account.recovery.recovery_id, now)

    async def finish(self, challenge_id: str, origin: Origin, now: datetime) -> str:
        """The factors are gone: sign in again, by the password and a code to a contact.

        Raises `CodeRefused`, `RecoveryUnknown`, `RecoveryNotDue`, `RecoveryNotApproved`.
        """
        due = await self._due(challenge_id, origin, now)
        async with self._means.records.connection() as connection:
            account = await account_of(connection, due.account_id)
        if not isinstance(account, Registered) or account.recovery is None:
            raise RecoveryUnknown
        command = FinishRecovery(
            account_id=due.account_id,
            recovery_id=account.recovery.recovery_id,
            **asked(Actor("system", "accounts"), now),
        )
        what = f"{account.recovery.recovery_id}/finish/{self._means.new_id()}"
        await self._send(command, what, due.account_id)
        async with self._means.records.connection() as connection, connection.transaction():
            for factor_id in account.factors:
                await factors.remove(connection, factor_id, due.account_id)
        await self._tell(due.account_id, "factor_removed", account.recovery.recovery_id, now)
        return due.account_id

    async def _due(self, challenge_id: str, origin: Origin, now: datetime) -> Challenge:
        """What shows that the password was typed. Each look counts as a try at it."""
        async with self._means.records.connection() as connection:
            found = await challenges.of(connection, challenge_id)
            if found is None or found.purpose not in FACTOR_DUE:
                raise CodeRefused(field="challenge_id")
            if not await challenges.counted(connection, challenge_id, now):
                raise CodeRefused(field="challenge_id")
        await self._means.gate.let_through(origin.attempt("factor", found.account_id))
        return found

    async def _cancel(self, account_id: str, recovery_id: str, now: datetime) -> str:
        command = CancelRecovery(
            account_id=account_id, recovery_id=recovery_id, **theirs(account_id, now)
        )
        await self._send(command, f"{recovery_id}/cancel", account_id)
        await self._tell(account_id, "recovery_cancelled", recovery_id, now)
        return account_id

    async def _send(self, command: Command, what: str, account_id: str) -> RecoveryAnswer:
        why = cause(f"recovery/{what}", account_stream(account_id))
        outcome = await self._means.dispatch(command, why)
        return msgspec.json.decode(outcome.answer, type=RecoveryAnswer)

    async def _tell(
        self, account_id: str, template: Template, recovery_id: str, now: datetime
    ) -> None:
        """Every contact, whatever it costs: the token to stop it is of the recovery's id."""
        async with self._means.records.connection() as connection:
            found = await contacts.owned_by(connection, account_id)
        for one in found:
            notice_id = f"{recovery_id}.{template}.{one.contact_id}"
            await self._notices.tell(one.contact_id, template, notice_id, now, channel=one.channel)
