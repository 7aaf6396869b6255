"""Signing in: a password and a known device, or a password and a code to a confirmed contact.

A password never stands alone: on a device that was not seen before a code is due as well.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

from commands.accounts.addresses import contact
from commands.accounts.asking import Asking, ByDevice, Wanted
from commands.accounts.codes import LIFETIME, Asked, Codes
from commands.accounts.evenly import in_steps
from commands.accounts.factors import Factors
from commands.accounts.gate import Origin
from commands.accounts.keys import TOKEN_BYTES
from commands.accounts.lifetimes import Shown
from commands.accounts.means import Means
from commands.accounts.notices import Notices
from commands.accounts.owners import account_of, is_blocked, members_of, owner_of, staff_roles
from commands.accounts.proving import checked, hashed
from commands.accounts.refusals import CodeRefused, SignInRefused
from commands.accounts.sessions import Granted, Sessions
from commands.accounts.tokens import DEVICE, OpaqueToken, read
from commands.records.challenges import queries as challenges
from commands.records.challenges.queries import Challenge, Purpose
from commands.records.devices import queries as devices
from commands.records.devices.naming import named
from commands.records.devices.queries import Known
from commands.records.passwords import queries as passwords
from commands.records.passwords.queries import Kept
from commands.streams.account.refusals import NoStaff
from commands.streams.account.state import Registered
from commands.streams.contact.state import Claimed
from commands.streams.membership.refusals import NoMember
from eventstore.events.session import Method
from eventstore.identity import Surface

type FactorPurpose = Literal["factor", "social_factor"]

# What a factor's code makes of who has come by an identity at a provider.
SOCIAL: Mapping[Method, Method] = {
    "password+totp": "social+totp",
    "password+recovery_code": "social+recovery_code",
}
NOBODY = Claimed(account_id="", contact_id="")


class SigningIn:
    def __init__(
        self,
        means: Means,
        codes: Codes,
        factors: Factors,
        sessions: Sessions,
        notices: Notices,
    ) -> None:
        self._means = means
        self._notices = notices
        self._codes = codes
        self._factors = factors
        self._sessions = sessions

    async def begin(self, asking: Asking, origin: Origin, now: datetime) -> Granted | Asked:
        """A session on a known device, else a code is sent. Staff show a factor on each.

        Raises `SignInRefused`, after the same time whatever is wrong, `CodeJustSent`,
        `PasswordsBusy`, and what the gate raises; who has shown the password, `NoStaff` or
        `NoMember`.
        """
        async with in_steps(self._means.draw):
            return await self._begin(asking, origin, now)

    async def _begin(self, asking: Asking, origin: Origin, now: datetime) -> Granted | Asked:
        typed = contact(asking.address)
        name = self._means.keys.contact(typed.channel, typed.same)
        owner, kept, device, blocked = await self._known(name, asking.device_token, now)
        attempt = origin.attempt("password", name, device.device_id if device else "")
        await self._means.gate.let_through(attempt)
        found = await checked(self._means.hashing, asking.password, kept.hash if kept else None)
        if kept is None or not found.matches or blocked:
            raise SignInRefused
        if found.outdated:
            await self._hash_again(owner.account_id, kept, asking.password)
        wanted = Wanted(
            owner, kept.credentials, name, asking.surface, asking.seller_id, origin, typed
        )
        await self.may(wanted.owner.account_id, wanted.surface, wanted.seller_id)
        if device is not None and asking.surface != "staff":
            return await self._at_once(wanted, device, origin, now)
        if await self._factors.has(owner.account_id):
            return await self.ask_factor(wanted, now)
        return await self._ask(wanted, now)

    async def _at_once(
        self, wanted: Wanted, device: Known, origin: Origin, now: datetime
    ) -> Granted:
        """On a device that a second factor was shown on before."""
        shown = Shown(
            account_id=wanted.owner.account_id,
            credentials=wanted.credentials,
            method="password+device",
            device_id=device.device_id,
            address=origin.address,
            trusted=device.trusted,
        )
        return await self.on_device(shown, wanted.surface, wanted.seller_id, now)

    async def on_device(
        self, shown: Shown, surface: Surface, seller_id: str, now: datetime
    ) -> Granted:
        """Whoever lets the device go meanwhile has not seen this session: it ends with it."""
        granted = await self._sessions.start(shown, surface, now, seller_id)
        async with self._means.records.connection() as connection:
            if await devices.seen(connection, shown.device_id, now):
                return granted
        await self._sessions.end_on_device(shown.account_id, shown.device_id, now)
        raise SignInRefused

    async def by_device(self, asking: ByDevice, origin: Origin, now: datetime) -> Granted:
        """By nothing but a device that its owner trusts. Staff never sign in by themselves.

        Raises `SignInRefused` whatever is wrong, `NoMember`, and what the gate raises.
        """
        token = read(DEVICE, asking.device_token)
        async with self._means.records.connection() as connection:
            device = token and await devices.known(connection, token.of, token.hash, now)
        known = device.device_id if device else ""
        # Whoever tries elsewhere, a device that is known keeps its own allowance.
        await self._means.gate.let_through(origin.attempt("password", known, known))
        async with self._means.records.connection() as connection:
            if not device or not device.trusted:
                raise SignInRefused
            account = await account_of(connection, device.account_id)
            if not isinstance(account, Registered) or await is_blocked(
                connection, device.account_id
            ):
                raise SignInRefused
        shown = Shown(
            account_id=device.account_id,
            credentials=account.credentials,
            method="device",
            device_id=device.device_id,
            address=origin.address,
            trusted=True,
        )
        return await self.on_device(shown, asking.surface, asking.seller_id, now)

    async def confirm(
        self, challenge_id: str, code: str, origin: Origin, now: datetime, *, trust: bool = False
    ) -> Granted:
        """Raises `CodeRefused`, or `PasswordWasReset` if it was since the password was shown."""
        whose = await self._codes.whose(challenge_id, "sign_in")
        await self._means.gate.let_through(origin.attempt("code", whose.contact))
        challenge = await self._codes.spend(challenge_id, "sign_in", code, now)
        if not await self._is_theirs(challenge):
            raise CodeRefused(field="code")  # Of a contact that is the account's no more.
        if await self._factors.has(challenge.account_id):
            raise CodeRefused(field="code")  # Added meanwhile: a letter is no way around it.
        return await self.let_in(challenge, "password+code", origin, now, trust=trust)

    async def _is_theirs(self, challenge: Challenge) -> bool:
        async with self._means.records.connection() as connection:
            account = await account_of(connection, challenge.account_id)
        return isinstance(account, Registered) and (
            challenge.contact_id in account.contacts.values()
        )

    async def confirm_factor(
        self, challenge_id: str, code: str, origin: Origin, now: datetime, *, trust: bool = False
    ) -> Granted:
        """By the account's own factor. Raises `CodeRefused`, or `PasswordWasReset`."""
        whose = await self._codes.whose(challenge_id, "factor", "social_factor")
        await self._means.gate.let_through(origin.attempt("factor", whose.account_id))
        async with self._means.records.connection() as connection:
            challenge = await challenges.of(connection, challenge_id)
            if challenge is None or challenge.purpose != whose.purpose:
                raise CodeRefused(field="code")
            if not await challenges.counted(connection, challenge_id, now):
                raise CodeRefused(field="code")
        method = await self._factors.shown(challenge.account_id, code, now)
        if method is None:
            raise CodeRefused(field="code")
        async with self._means.records.connection() as connection:
            if not await challenges.used(connection, challenge_id, now):
                raise CodeRefused(field="code")
        if challenge.purpose == "social_factor":
            method = SOCIAL[method]
        return await self.let_in(challenge, method, origin, now, trust=trust)

    async def let_in(
        self,
        challenge: Challenge,
        method: Method,
        origin: Origin,
        now: datetime,
        *,
        trust: bool = False,
        first: bool = False,
        identity: str = "",
    ) -> Granted:
        """On a device that is known from now on, and trusted if its owner says so.

        Its owner is told of a new one, unless it is the account's `first`.
        """
        account_id = challenge.account_id
        trusted = trust and challenge.surface != "staff"
        token = OpaqueToken(DEVICE, self._means.new_id(), self._means.draw(TOKEN_BYTES))
        device = Known(token.of, account_id, trusted)
        async with self._means.records.connection() as connection:
            await devices.add(connection, device, token.hash, named(origin.agent), now)
        shown = Shown(
            account_id=account_id,
            credentials=challenge.credentials,
            method=method,
            device_id=token.of,
            address=origin.address,
            trusted=trusted,
            identity=identity,
        )
        granted = await self._sessions.start(shown, challenge.surface, now, challenge.seller_id)
        if method != "code" and not first:
            await self._notices.tell_account(account_id, "new_device", token.of, now)
        return msgspec.structs.replace(granted, device_token=str(token))

    async def _known(
        self, name: str, device_token: str, now: datetime
    ) -> tuple[Claimed, Kept | None, Known | None, bool]:
        """All is looked for in any case: whose it is, password, known device, restriction."""
        token = read(DEVICE, device_token)
        async with self._means.records.connection() as connection:
            owner = await owner_of(connection, name) or NOBODY
            kept = await passwords.of(connection, owner.account_id)
            device = None
            if token is not None:
                device = await devices.known(connection, token.of, token.hash, now)
            blocked = await is_blocked(connection, owner.account_id)
        theirs = device if device and device.account_id == owner.account_id else None
        return owner, kept, theirs, blocked

    async def _hash_again(self, account_id: str, kept: Kept, password: str) -> None:
        again = await hashed(self._means.hashing, password)
        async with self._means.records.connection() as connection:
            await passwords.hash_again(connection, account_id, kept.hash, again)

    async def has_factor(self, account_id: str) -> bool:
        """Of their own, which is asked for on a device that was not seen before."""
        return await self._factors.has(account_id)

    async def may(self, account_id: str, surface: Surface, seller_id: str) -> None:
        """Raises `NoMember` or `NoStaff`; who is of staff has a factor of their own."""
        async with self._means.records.connection() as connection:
            if surface == "seller":
                if (await members_of(connection, seller_id)).of(account_id) is None:
                    raise NoMember(field="seller_id")
            elif surface == "staff" and not await staff_roles(connection, account_id):
                raise NoStaff
        if surface == "staff" and not await self._factors.has(account_id):
            raise NoStaff

    async def ask_factor(
        self, wanted: Wanted, now: datetime, purpose: FactorPurpose = "factor"
    ) -> Asked:
        """No letter: the code comes from the owner's authenticator, or is a recovery code."""
        challenge = self.challenge(purpose, wanted)
        async with self._means.records.connection() as connection:
            await challenges.add(connection, challenge, now, now + LIFETIME)
        return Asked(
            challenge_id=challenge.challenge_id,
            expires_at=now + LIFETIME,
            resend_at=now + LIFETIME,
            by="factor",
        )

    async def _ask(self, wanted: Wanted, now: datetime) -> Asked:
        challenge = self.challenge("sign_in", wanted)
        async with self._means.records.connection() as connection, connection.transaction():
            await self._codes.keep(connection, challenge, now)
        return await self._codes.send(challenge, now)

    def challenge(self, purpose: Purpose, wanted: Wanted) -> Challenge:
        """Not kept yet."""
        return self._codes.new(
            purpose,
            wanted.owner,
            wanted.name,
            wanted.origin,
            credentials=wanted.credentials,
            surface=wanted.surface,
            seller_id=wanted.seller_id,
            to=wanted.to,
        )
