"""A forgotten password: replaced by who reads the account's mailbox, and by nobody else.

All sessions and known devices of before end with it. It lets nobody in: whoever has reset it signs
in with it, and shows what signing in asks for.
"""

from datetime import datetime

import msgspec

from commands.accounts.addresses import Address
from commands.accounts.addresses import contact as parsed
from commands.accounts.codes import Asked, Codes
from commands.accounts.evenly import in_steps
from commands.accounts.gate import NOWHERE, Origin
from commands.accounts.means import Means, cause, theirs
from commands.accounts.notices import Notices
from commands.accounts.owners import account_of, owner_of
from commands.accounts.proving import hashed, strong
from commands.accounts.sessions import Sessions
from commands.records.challenges.queries import Challenge
from commands.records.contacts import queries as contacts
from commands.records.contacts.queries import Contact
from commands.records.devices import queries as devices
from commands.records.passwords import queries as passwords
from commands.records.sessions import queries as sessions
from commands.streams.account.messages import PasswordAnswer, ResetPassword
from commands.streams.account.state import Registered
from commands.streams.contact.state import Claimed
from eventstore.events.account import account_stream


class Resetting:
    def __init__(self, means: Means, codes: Codes, sessions_of: Sessions, notices: Notices) -> None:
        self._means = means
        self._notices = notices
        self._codes = codes
        self._sessions = sessions_of

    async def begin(self, address: str, now: datetime, origin: Origin = NOWHERE) -> Asked:
        """The same work and the same answer, whether somebody has that address or not.

        Raises `AddressInvalid`, `CodeJustSent`, and what the gate raises.
        """
        async with in_steps(self._means.draw):
            return await self._begin(address, now, origin)

    async def _begin(self, address: str, now: datetime, origin: Origin) -> Asked:
        typed = parsed(address)
        name = await self._codes.may_write(typed, origin)
        # Where mail goes to if nobody has that address; else a row that nobody asks for.
        nobody_s = Contact(
            contact_id=self._means.new_id(),
            account_id=self._means.new_id(),
            channel=typed.channel,
            name=name,
            address=typed.typed,
        )
        async with self._means.records.connection() as connection, connection.transaction():
            owner = await owner_of(connection, name)
            asked = owner or Claimed(account_id=nobody_s.account_id, contact_id=nobody_s.contact_id)
            # Of the log: a reset that was broken off has left the row behind.
            account = await account_of(connection, asked.account_id)
            credentials = account.credentials if isinstance(account, Registered) else 0
            challenge = self._codes.new(
                "password_reset",
                asked,
                name,
                origin,
                credentials=credentials,
                real=owner is not None,
                to=typed,
            )
            await self._codes.keep(connection, challenge, now)
            await contacts.add(connection, nobody_s, now)
        return await self._codes.send(challenge, now)

    async def confirm(
        self,
        challenge_id: str,
        code: str,
        password: str,
        now: datetime,
        origin: Origin = NOWHERE,
    ) -> None:
        """Raises `PasswordWeak`, which leaves the code as it is, `CodeRefused`, `PasswordsBusy`."""
        whose = await self._codes.whose(challenge_id, "password_reset")
        await self._means.gate.let_through(origin.attempt("code", whose.contact))
        await strong(
            self._means.hashing, self._means.breached, password, await self._address(whose)
        )
        made = await hashed(self._means.hashing, password)
        challenge = await self._codes.spend(challenge_id, "password_reset", code, now)
        account_id = challenge.account_id
        async with self._means.records.connection() as connection:
            open_ones = await sessions.open_of(connection, account_id)
        credentials = await self._reset(challenge, open_ones, now)
        async with self._means.records.connection() as connection, connection.transaction():
            await passwords.replace(connection, account_id, credentials, made, now)
            await sessions.end(connection, open_ones, now)
            await devices.forget(connection, account_id)
        # Begun with the old password between the two looks, or more than one look shows.
        await self._sessions.end_all(account_id, "password_reset", now, keys=False)
        await self._notices.tell_account(account_id, "password_changed", challenge_id, now)

    async def _address(self, challenge: Challenge) -> Address:
        """What a password of theirs may not be made of."""
        async with self._means.records.connection() as connection:
            kept = await contacts.address_of(connection, challenge.contact_id)
        return parsed(kept) if kept else Address("", "")

    async def _reset(self, challenge: Challenge, open_ones: tuple[str, ...], now: datetime) -> int:
        """The new password's number."""
        account_id = challenge.account_id
        command = ResetPassword(
            account_id=account_id,
            contact_id=challenge.contact_id,
            credentials=challenge.credentials,
            sessions=open_ones,
            **theirs(account_id, now),
        )
        what = f"reset/{challenge.challenge_id}"
        outcome = await self._means.dispatch(command, cause(what, account_stream(account_id)))
        return msgspec.json.decode(outcome.answer, type=PasswordAnswer).credentials
