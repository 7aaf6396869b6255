"""Signing in by an identity at a provider, and the account that comes of a new one.

An identity is issuer and subject. An address that a provider tells opens no account that is there
already: who has one signs in to it, and links the identity there.
"""

from datetime import datetime, timedelta

import msgspec

from commands.accounts.addresses import Address, email
from commands.accounts.asking import Wanted
from commands.accounts.codes import Asked, Codes
from commands.accounts.evenly import in_steps
from commands.accounts.gate import Origin
from commands.accounts.lifetimes import Shown
from commands.accounts.means import Means, cause, theirs
from commands.accounts.owners import account_of, contact_of, is_blocked, owner_of_identity
from commands.accounts.refusals import (
    AddressHasAccount,
    AddressInvalid,
    AddressMissing,
    CodeRefused,
)
from commands.accounts.sent_away import Back, Ceremonies, Returned
from commands.accounts.sessions import Granted
from commands.accounts.signing_in import SigningIn
from commands.accounts.tokens import DEVICE, read
from commands.outside.identity.provider import IdentityRefused, Who
from commands.records.challenges.queries import Challenge
from commands.records.contacts import queries as contacts
from commands.records.contacts.queries import Contact
from commands.records.devices import queries as devices
from commands.records.devices.queries import Known
from commands.records.identities import queries as identities
from commands.records.identities.queries import Named
from commands.streams.account.messages import NewIdentity, RegisterAccount
from commands.streams.account.state import Registered
from commands.streams.contact.state import Claimed, is_free
from eventstore.events.account import account_stream

WAITS_FOR = timedelta(days=1)


class Here(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody comes back to: with `trust` the device signs in by itself from now on."""

    origin: Origin
    device: str = ""
    trust: bool = False


class Social:
    def __init__(
        self, means: Means, codes: Codes, signing_in: SigningIn, ceremonies: Ceremonies
    ) -> None:
        self._means = means
        self._codes = codes
        self._signing_in = signing_in
        self._ceremonies = ceremonies

    async def sign_in(self, back: Back, here: Here, now: datetime) -> Granted | Asked:
        """A session; or a factor of the account's own is due, or a code to an address that the
        provider does not vouch for.

        Raises `IdentityRefused`, the same for every reason, `IdentityProviderAway`,
        `AddressMissing`, `AddressHasAccount`, `CodeJustSent`, `NoMember`, and what the gate raises.
        """
        await self._means.gate.let_through(here.origin.attempt("factor", back.ceremony_id))
        found = await self._ceremonies.back(back, "", now)
        async with self._means.records.connection() as connection:
            owner = await owner_of_identity(connection, found.name)
        if owner is not None:
            return await self._enter(owner.account_id, found, here, now)
        if found.ceremony.surface != "buyer":
            raise IdentityRefused  # Nobody is new and a seller's.
        typed = _address(found.who)
        if found.who.email_verified:
            return await self._new(found, typed, here, now)
        async with in_steps(self._means.draw):
            return await self._ask(found, typed, here, now)

    async def register(self, challenge_id: str, code: str, here: Here, now: datetime) -> Granted:
        """The code shows that the address is theirs. Raises `CodeRefused`, or `ContactTaken` or
        `IdentityTaken` by who was faster.
        """
        whose = await self._codes.whose(challenge_id, "social_registration")
        await self._means.gate.let_through(here.origin.attempt("code", whose.contact))
        challenge = await self._codes.spend(challenge_id, "social_registration", code, now)
        async with self._means.records.connection() as connection:
            named = await identities.waiting(connection, challenge_id)
        if named is None:
            raise CodeRefused(field="code")
        return await self._registered(challenge, named, here, now)

    async def _enter(
        self, account_id: str, found: Returned, here: Here, now: datetime
    ) -> Granted | Asked:
        ceremony = found.ceremony
        token = read(DEVICE, here.device)
        known: Known | None = None
        async with self._means.records.connection() as connection:
            account = await account_of(connection, account_id)
            if not isinstance(account, Registered) or await is_blocked(connection, account_id):
                raise IdentityRefused
            if token is not None:
                known = await devices.known(connection, token.of, token.hash, now)
        await self._signing_in.may(account_id, ceremony.surface, ceremony.seller_id)
        wanted = Wanted(
            Claimed(account_id=account_id, contact_id=""),
            account.credentials,
            "",
            ceremony.surface,
            ceremony.seller_id,
            here.origin,
        )
        if known is not None and known.account_id == account_id:
            return await self._on_device(wanted, known, found.name, now)
        # A device that was not seen before: a factor of the account's own is due, if it has one.
        if await self._signing_in.has_factor(account_id):
            return await self._signing_in.ask_factor(wanted, now, "social_factor")
        challenge = self._signing_in.challenge("sign_in", wanted)
        return await self._signing_in.let_in(
            challenge, "social", here.origin, now, trust=here.trust, identity=found.name
        )

    async def _on_device(
        self, wanted: Wanted, known: Known, identity: str, now: datetime
    ) -> Granted:
        shown = Shown(
            account_id=known.account_id,
            credentials=wanted.credentials,
            method="social+device",
            device_id=known.device_id,
            address=wanted.origin.address,
            trusted=known.trusted,
            identity=identity,
        )
        return await self._signing_in.on_device(shown, wanted.surface, wanted.seller_id, now)

    async def _ask(self, found: Returned, typed: Address, here: Here, now: datetime) -> Asked:
        """The same for an address that is known and for one that is not."""
        contact = self._contact(typed)
        await self._means.gate.let_through(here.origin.attempt("letter", contact.name))
        async with self._means.records.connection() as connection, connection.transaction():
            free = is_free(await contact_of(connection, contact.name), now)
            challenge = self._codes.new(
                "social_registration", _of(contact), contact.name, here.origin, real=free
            )
            await self._codes.keep(connection, challenge, now)
            await contacts.add(connection, contact, now)
            waits = challenge.challenge_id, contact.account_id
            await identities.wait(connection, *waits, found.named, now + WAITS_FOR)
        return await self._codes.send(challenge, now)

    async def _new(self, found: Returned, typed: Address, here: Here, now: datetime) -> Granted:
        """An account for who has shown, by their provider's word, that the address is theirs."""
        contact = self._contact(typed)
        async with self._means.records.connection() as connection:
            if not is_free(await contact_of(connection, contact.name), now):
                raise AddressHasAccount
            await contacts.add(connection, contact, now)
        challenge = self._codes.new("social_registration", _of(contact), contact.name, here.origin)
        return await self._registered(challenge, found.named, here, now)

    async def _registered(
        self, challenge: Challenge, named: Named, here: Here, now: datetime
    ) -> Granted:
        name = self._ceremonies.name(named.issuer, named.subject)
        await self._register(challenge, named, name, now)
        return await self._signing_in.let_in(
            challenge, "social", here.origin, now, trust=here.trust, first=True, identity=name
        )

    async def _register(self, challenge: Challenge, named: Named, name: str, now: datetime) -> None:
        """Account, contact and identity in one append: all of it is theirs, or nothing."""
        account_id, identity_id = challenge.account_id, self._means.new_id()
        async with self._means.records.connection() as connection:
            await identities.add(connection, identity_id, account_id, named, name, now)
        command = RegisterAccount(
            account_id=account_id,
            contact=challenge.contact,
            contact_id=challenge.contact_id,
            channel="email",
            identity=NewIdentity(identity=name, identity_id=identity_id, provider=named.provider),
            **theirs(account_id, now),
        )
        what = f"register/{challenge.challenge_id}"
        await self._means.dispatch(command, cause(what, account_stream(account_id)))

    def _contact(self, typed: Address) -> Contact:
        return Contact(
            contact_id=self._means.new_id(),
            account_id=self._means.new_id(),
            channel="email",
            name=self._means.keys.contact("email", typed.same),
            address=typed.typed,
        )


def _of(contact: Contact) -> Claimed:
    return Claimed(account_id=contact.account_id, contact_id=contact.contact_id)


def _address(who: Who) -> Address:
    """Raises `AddressMissing`."""
    try:
        return email(who.email)
    except AddressInvalid as error:
        raise AddressMissing from error
