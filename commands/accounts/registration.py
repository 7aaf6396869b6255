"""Registration: an address, a password, and a code that shows whose the address is.

Until the code has been shown there is no account, and nothing that could be taken from whoever the
address belongs to: what was typed waits in rows that nobody finds, and is forgotten after a day.
"""

from datetime import datetime

from commands.accounts.addresses import contact as parsed
from commands.accounts.codes import Asked, Codes
from commands.accounts.evenly import in_steps
from commands.accounts.gate import NOWHERE, Origin
from commands.accounts.means import Means, cause, theirs
from commands.accounts.owners import contact_of
from commands.accounts.proving import hashed, strong
from commands.records.challenges.queries import Challenge
from commands.records.contacts import queries as contacts
from commands.records.contacts.queries import Contact
from commands.records.passwords import queries as passwords
from commands.streams.account.messages import RegisterAccount
from commands.streams.contact.state import Claimed, is_free
from eventstore.events.account import account_stream


def _of(contact: Contact) -> Claimed:
    return Claimed(account_id=contact.account_id, contact_id=contact.contact_id)


class Registration:
    def __init__(self, means: Means, codes: Codes) -> None:
        self._means = means
        self._codes = codes

    async def begin(
        self, address: str, password: str, now: datetime, origin: Origin = NOWHERE
    ) -> Asked:
        """The same work and the same answer, whether somebody has that address or not.

        Raises `AddressInvalid`, `PhoneInvalid`, `PhonesAreOff`, `TextsAreSpent`, `PasswordWeak`,
        `CodeJustSent`, `PasswordsBusy`, and what the gate raises.
        """
        async with in_steps(self._means.draw):
            return await self._begin(address, password, now, origin)

    async def _begin(self, address: str, password: str, now: datetime, origin: Origin) -> Asked:
        typed = parsed(address)
        name = await self._codes.may_write(typed, origin)
        await strong(self._means.hashing, self._means.breached, password, typed)
        kept = await hashed(self._means.hashing, password)
        contact = Contact(
            contact_id=self._means.new_id(),
            account_id=self._means.new_id(),
            channel=typed.channel,
            name=name,
            address=typed.typed,
        )
        async with self._means.records.connection() as connection, connection.transaction():
            free = is_free(await contact_of(connection, name), now)
            challenge = self._codes.new(
                "registration", _of(contact), name, origin, real=free, to=typed
            )
            await self._codes.keep(connection, challenge, now)
            await contacts.add(connection, contact, now)
            await passwords.add(connection, contact.account_id, kept, now)
        return await self._codes.send(challenge, now)

    async def confirm(
        self, challenge_id: str, code: str, now: datetime, origin: Origin = NOWHERE
    ) -> Challenge:
        """Whose account there is now. Raises `CodeRefused`, or `ContactTaken` by who was faster."""
        whose = await self._codes.whose(challenge_id, "registration")
        await self._means.gate.let_through(origin.attempt("code", whose.contact))
        challenge = await self._codes.spend(challenge_id, "registration", code, now)
        await self._register(challenge, now)
        return challenge

    async def _register(self, challenge: Challenge, now: datetime) -> None:
        account_id = challenge.account_id
        command = RegisterAccount(
            account_id=account_id,
            contact=challenge.contact,
            contact_id=challenge.contact_id,
            channel=challenge.channel,
            **theirs(account_id, now),
        )
        what = f"register/{challenge.challenge_id}"
        await self._means.dispatch(command, cause(what, account_stream(account_id)))
