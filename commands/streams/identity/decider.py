"""Identities at providers: linked by who is signed in, each to one account."""

from commands.refusals import NotYours
from commands.streams.account.state import Account, known
from commands.streams.identity.messages import LinkIdentity, UnlinkIdentity
from commands.streams.identity.refusals import IdentityUnknown
from commands.streams.identity.state import Identity, Linked, loose
from eventstore.events.base import Event
from eventstore.events.identity import IdentityLinked, IdentityUnlinked


def link(command: LinkIdentity, identity: Identity, account: Account) -> list[Event]:
    _their_own(command)
    known(account)
    loose(identity, command.account_id)
    return [
        IdentityLinked(
            identity=command.identity,
            identity_id=command.identity_id,
            account_id=command.account_id,
            provider=command.provider,
        )
    ]


def unlink(command: UnlinkIdentity, identity: Identity) -> list[Event]:
    _their_own(command)
    if not isinstance(identity, Linked) or identity.account_id != command.account_id:
        raise IdentityUnknown(field="identity_id")
    return [
        IdentityUnlinked(
            identity=command.identity,
            identity_id=identity.identity_id,
            account_id=command.account_id,
        )
    ]


def _their_own(command: LinkIdentity | UnlinkIdentity) -> None:
    if not command.by.may_act_for_buyer(command.account_id):
        raise NotYours(field="account_id")
