"""What the services of accounts work with, and how they ask the log."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec

from commands.accounts.ceremonies import RelyingParty
from commands.accounts.gate import Gate
from commands.accounts.keys import AccountKeys
from commands.accounts.texting import Texting
from commands.command import Actor
from commands.dispatch import Cause, Dispatch
from commands.outside.breached.lists import Breached, NoList
from commands.outside.identity.provider import IdentityProviders
from commands.records.passwords.hashing import Passwords
from commands.records.record import Records
from eventstore.identity import Member, Permission, Role, Surface


class Vault(Protocol):
    """What seals a text under its account's key."""

    def seal(self, subject: str, texts: Mapping[str, str]) -> Awaitable[dict[str, str]]: ...

    def open(self, field: str, texts: Sequence[str]) -> Awaitable[list[str]]: ...


class Bearer(msgspec.Struct, frozen=True, kw_only=True):
    """Who an access token is for; of several roles the first is acted in unless another is asked
    for. `subject` is whom they act for: themselves, or a seller that they are a `member` of.
    """

    account_id: str
    session_id: str
    surface: Surface
    subject: str
    roles: Sequence[Role]
    member: Member | None
    factor_at: datetime | None


class Elsewhere(msgspec.Struct, frozen=True, kw_only=True):
    """Who says who somebody is, by name, and the pages of ours that they are sent back to."""

    providers: IdentityProviders = {}
    redirect_uris: frozenset[str] = frozenset()


class Means(msgspec.Struct, frozen=True, kw_only=True):
    """`issue` signs an access token, `mail_by` names who carries e-mail, `texting` is what text
    messages may cost, `relying_party` is what passkeys are for, `draw` gives so many random bytes,
    `new_id` an id of ours; `elsewhere` says who somebody is, `grantable` what a seller's program
    may be given, by name, `breached` which passwords are stolen.
    """

    records: Records
    dispatch: Dispatch
    keys: AccountKeys
    hashing: Passwords
    vault: Vault
    gate: Gate
    issue: Callable[[Bearer, datetime], str]
    mail_by: str
    relying_party: RelyingParty
    draw: Callable[[int], bytes]
    new_id: Callable[[], str]
    elsewhere: Elsewhere = Elsewhere()
    texting: Texting = Texting()
    breached: Breached = NoList()
    grantable: Callable[[], Mapping[str, Permission]] = dict


def asked(by: Actor, now: datetime) -> dict[str, Any]:
    """The fields that every command has."""
    return {"by": by, "now": now, "occurred_at": now}


def theirs(account_id: str, now: datetime) -> dict[str, Any]:
    """Of a command that somebody gives about their own account."""
    return asked(Actor("buyer", account_id), now)


def cause(what: str, stream: str) -> Cause:
    """`what` makes the command happen once; no client can name one like it."""
    source = f"accounts/{what}"
    return Cause(command_id=source, correlation_id=stream, causation_id=source)
