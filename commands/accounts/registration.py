"""Registration: an address, a password, and a code that shows whose the address is.

Until the code has been shown there is no account, and nothing that could be taken from whoever the
address belongs to: what was typed waits in rows that nobody finds, and is forgotten after a day.
"""

from collections.abc import Callable
from datetime import datetime

from commands.accounts.addresses import email
from commands.accounts.codes import Asked, Codes
from commands.accounts.evenly import in_steps
from commands.accounts.gate import NOWHERE, Gate, Origin
from commands.accounts.keys import AccountKeys
from commands.accounts.owners import owner_of
from commands.accounts.proving import hashed, strong
from commands.command import Actor
from commands.dispatch import Cause, Dispatch
from commands.records.challenges.queries import Challenge
from commands.records.contacts import queries as contacts
from commands.records.contacts.queries import Contact
from commands.records.passwords import queries as passwords
from commands.records.passwords.hashing import Passwords
from commands.records.record import Records
from commands.streams.account.messages import RegisterAccount
from commands.streams.contact.state import Claimed
from eventstore.events.account import account_stream


def _of(contact: Contact) -> Claimed:
    return Claimed(account_id=contact.account_id, contact_id=contact.contact_id)


class Registration:
    def __init__(
        self,
        records: Records,
        dispatch: Dispatch,
        keys: AccountKeys,
        hashing: Passwords,
        codes: Codes,
        gate: Gate,
        new_id: Callable[[], str],
    ) -> None:
        self._records = records
        self._dispatch = dispatch
        self._keys = keys
        self._hashing = hashing
        self._codes = codes
        self._gate = gate
        self._new_id = new_id

    async def begin(
        self, address: str, password: str, now: datetime, origin: Origin = NOWHERE
    ) -> Asked:
        """The same work and the same answer, whether somebody has that address or not.

        Raises `AddressInvalid`, `PasswordWeak`, `CodeJustSent`, `PasswordsBusy`, and what the gate
        raises.
        """
        async with in_steps():
            return await self._begin(address, password, now, origin)

    async def _begin(self, address: str, password: str, now: datetime, origin: Origin) -> Asked:
        typed = email(address)
        name = self._keys.contact("email", typed.same)
        await self._gate.let_through(origin.attempt("letter", name))
        await strong(self._hashing, password, typed)
        kept = await hashed(self._hashing, password)
        contact = Contact(
            contact_id=self._new_id(),
            account_id=self._new_id(),
            channel="email",
            name=name,
            address=typed.typed,
        )
        async with self._records.connection() as connection, connection.transaction():
            free = await owner_of(connection, name) is None
            challenge = self._codes.new("registration", _of(contact), name, real=free)
            await self._codes.keep(connection, challenge, now)
            await contacts.add(connection, contact, now)
            await passwords.add(connection, contact.account_id, kept, now)
        return await self._codes.send(challenge, now)

    async def confirm(
        self, challenge_id: str, code: str, now: datetime, origin: Origin = NOWHERE
    ) -> Challenge:
        """Whose account there is now. Raises `CodeRefused`, or `ContactTaken` by who was faster."""
        await self._gate.let_through(origin.attempt("code", challenge_id))
        challenge = await self._codes.spend(challenge_id, "registration", code, now)
        await self._register(challenge, now)
        return challenge

    async def _register(self, challenge: Challenge, now: datetime) -> None:
        account_id = challenge.account_id
        command = RegisterAccount(
            account_id=account_id,
            contact=challenge.contact,
            contact_id=challenge.contact_id,
            channel="email",
            by=Actor("buyer", account_id),
            now=now,
            occurred_at=now,
        )
        source = f"accounts/register/{challenge.challenge_id}"
        cause = Cause(
            command_id=source, correlation_id=account_stream(account_id), causation_id=source
        )
        await self._dispatch(command, cause)
