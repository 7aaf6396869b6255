"""Passkeys: added in a session, and then let somebody in without a name or a password.

A passkey behind a finger, a face or a PIN is two factors. Each question is asked once.
"""

from datetime import datetime, timedelta

import msgspec

from commands.accounts.ceremonies import Credential, Options, credential_id, is_of
from commands.accounts.codes import Codes
from commands.accounts.factors import Factors, label_of
from commands.accounts.gate import NOWHERE, Origin
from commands.accounts.means import Means
from commands.accounts.owners import account_of, is_blocked
from commands.accounts.refusals import PasskeyRefused
from commands.accounts.sessions import Granted, Sessions
from commands.accounts.signing_in import SigningIn
from commands.records.challenges import queries as challenges
from commands.records.challenges.queries import Challenge, Purpose
from commands.records.factors import passkeys
from commands.records.factors.passkeys import FactorSeen, New, Passkey
from commands.streams.account.state import Registered
from commands.streams.contact.state import Claimed
from eventstore.identity import Surface

LIFETIME = timedelta(minutes=5)


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """`options` go to the browser as they are."""

    challenge_id: str
    expires_at: datetime
    options: Options


class Added(msgspec.Struct, frozen=True, kw_only=True):
    """`recovery_codes` are drawn with the first factor, and shown this once."""

    factor_id: str
    recovery_codes: list[str]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody is to be let into."""

    surface: Surface = "buyer"
    seller_id: str = ""


class Passkeys:
    def __init__(
        self,
        means: Means,
        codes: Codes,
        factors: Factors,
        signing_in: SigningIn,
        sessions: Sessions,
    ) -> None:
        self._means = means
        self._codes = codes
        self._factors = factors
        self._signing_in = signing_in
        self._sessions = sessions

    async def all_of(self, account_id: str) -> list[FactorSeen]:
        """Factors of every kind, the oldest first."""
        async with self._means.records.connection() as connection:
            return await passkeys.factors_of(connection, account_id)

    async def begin_adding(self, account_id: str, now: datetime) -> Question:
        """Raises `PasskeysAreOff`."""
        party = self._means.relying_party
        party.must_be_set()
        challenge = self._asked("passkey_new", account_id)
        async with self._means.records.connection() as connection:
            await challenges.add(connection, challenge, now, now + LIFETIME)
            known = await passkeys.ids_of(connection, account_id)
            label = await label_of(connection, account_id)
        signed = self._means.keys.ceremony(challenge.challenge_id)
        return _question(challenge, party.asks_for_new(signed, account_id, label, known), now)

    async def confirm_adding(
        self, account_id: str, challenge_id: str, credential: Credential, name: str, now: datetime
    ) -> Added:
        """Raises `PasskeyRefused`, `TooManyFactors`."""
        await self._spent(challenge_id, "passkey_new", account_id, now)
        signed = self._means.keys.ceremony(challenge_id)
        verified = self._means.relying_party.new(credential, signed)
        new = New(
            verified.credential_id,
            self._means.new_id(),
            verified.credential_public_key,
            verified.sign_count,
            name,
        )
        codes = await self._factors.add_passkey(account_id, new, now)
        return Added(factor_id=new.factor_id, recovery_codes=codes)

    async def begin(self, wanted: Wanted, now: datetime) -> Question:
        """Of whoever asks: the answer says who it is. Raises `PasskeysAreOff`."""
        party = self._means.relying_party
        party.must_be_set()
        challenge = self._asked("passkey", "", wanted)
        async with self._means.records.connection() as connection:
            await challenges.add(connection, challenge, now, now + LIFETIME)
        signed = self._means.keys.ceremony(challenge.challenge_id)
        return _question(challenge, party.asks(signed), now)

    async def sign_in(
        self,
        challenge_id: str,
        credential: Credential,
        origin: Origin,
        now: datetime,
        *,
        trust: bool = False,
    ) -> Granted:
        """Raises `PasskeyRefused`, the same for every reason, and `NoStaff` or `NoMember`."""
        challenge = await self._spent(challenge_id, "passkey", "", now)
        passkey = await self._shown(challenge_id, credential, origin, now)
        async with self._means.records.connection() as connection:
            account = await account_of(connection, passkey.account_id)
            blocked = await is_blocked(connection, passkey.account_id)
        if blocked or not isinstance(account, Registered):
            raise PasskeyRefused(field="credential")
        await self._signing_in.may(passkey.account_id, challenge.surface, challenge.seller_id)
        theirs = msgspec.structs.replace(
            challenge, account_id=passkey.account_id, credentials=account.credentials
        )
        return await self._signing_in.let_in(theirs, "passkey", origin, now, trust=trust)

    async def begin_step_up(self, account_id: str, now: datetime) -> Question:
        """Raises `PasskeysAreOff`, or `PasskeyRefused` for who has none."""
        party = self._means.relying_party
        party.must_be_set()
        challenge = self._asked("passkey_step_up", account_id)
        async with self._means.records.connection() as connection:
            known = await passkeys.ids_of(connection, account_id)
            if not known:
                raise PasskeyRefused("The account has no passkey: add one first.")
            await challenges.add(connection, challenge, now, now + LIFETIME)
        signed = self._means.keys.ceremony(challenge.challenge_id)
        return _question(challenge, party.asks(signed, known), now)

    async def step_up(
        self,
        account_id: str,
        session_id: str,
        challenge_id: str,
        credential: Credential,
        origin: Origin,
        now: datetime,
    ) -> str:
        """An access token that says so. Raises `PasskeyRefused`."""
        await self._spent(challenge_id, "passkey_step_up", account_id, now)
        passkey = await self._shown(challenge_id, credential, origin, now)
        if passkey.account_id != account_id:
            raise PasskeyRefused(field="credential")
        return await self._sessions.step_up(account_id, session_id, now)

    def _asked(self, purpose: Purpose, account_id: str, wanted: Wanted | None = None) -> Challenge:
        wanted = wanted or Wanted()
        return self._codes.new(
            purpose,
            Claimed(account_id=account_id, contact_id=""),
            "",
            NOWHERE,
            surface=wanted.surface,
            seller_id=wanted.seller_id,
        )

    async def _spent(
        self, challenge_id: str, purpose: Purpose, account_id: str, now: datetime
    ) -> Challenge:
        """Whatever the answer is: there is no second try at the same question."""
        async with self._means.records.connection() as connection:
            challenge = await challenges.of(connection, challenge_id)
            if (
                challenge is None
                or (challenge.purpose, challenge.account_id) != (purpose, account_id)
                or not await challenges.counted(connection, challenge_id, now)
                or not await challenges.used(connection, challenge_id, now)
            ):
                raise PasskeyRefused(field="challenge_id")
        return challenge

    async def _shown(
        self, challenge_id: str, credential: Credential, origin: Origin, now: datetime
    ) -> Passkey:
        key = credential_id(credential)
        await self._means.gate.let_through(origin.attempt("factor", key.hex()[:64]))
        async with self._means.records.connection() as connection:
            passkey = await passkeys.by_credential(connection, key)
            if passkey is None or not is_of(credential, passkey.account_id):
                raise PasskeyRefused(field="credential")
            signed = self._means.keys.ceremony(challenge_id)
            verified = self._means.relying_party.shown(credential, signed, passkey)
            if not await passkeys.used(connection, passkey, verified.new_sign_count, now):
                raise PasskeyRefused(field="credential")
        return passkey


def _question(challenge: Challenge, options: Options, now: datetime) -> Question:
    return Question(challenge_id=challenge.challenge_id, expires_at=now + LIFETIME, options=options)
