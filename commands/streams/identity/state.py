"""Whose an identity is."""

import msgspec

from commands.stream import Fold
from commands.streams.identity.refusals import IdentityIsLinked, IdentityTaken
from eventstore.events.base import Event
from eventstore.events.identity import IdentityLinked, IdentityUnlinked, identity_stream


class Loose(msgspec.Struct, frozen=True, gc=False):
    pass


class Linked(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    account_id: str
    identity_id: str


type Identity = Loose | Linked

INITIAL = Loose()


def evolve(identity: Identity, event: Event) -> Identity:
    match identity, event:
        case Loose(), IdentityLinked():
            return Linked(account_id=event.account_id, identity_id=event.identity_id)
        case Linked(), IdentityUnlinked() if event.account_id == identity.account_id:
            return Loose()
        case _:
            raise AssertionError(f"the log is broken: {event} after {identity}")


def is_of(identity: Identity, account_id: str) -> bool:
    return isinstance(identity, Linked) and identity.account_id == account_id


def loose(identity: Identity, account_id: str) -> None:
    if isinstance(identity, Linked):
        raise IdentityIsLinked if identity.account_id == account_id else IdentityTaken


IDENTITY: Fold[Identity] = Fold("identity", identity_stream, INITIAL, evolve)
