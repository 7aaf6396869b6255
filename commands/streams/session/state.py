"""What a session remembers."""

import msgspec

from commands.stream import Fold
from commands.streams.session.refusals import SessionIsOver, SessionUnknown
from eventstore.events.base import Event
from eventstore.events.session import SessionEnded, SessionStarted, session_stream


class Unstarted(msgspec.Struct, frozen=True, gc=False):
    pass


class Started(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    account_id: str
    over: bool = False


type Session = Unstarted | Started

INITIAL = Unstarted()


def evolve(session: Session, event: Event) -> Session:
    match session, event:
        case Unstarted(), SessionStarted():
            return Started(account_id=event.account_id)
        case Started(over=False), SessionEnded():
            return msgspec.structs.replace(session, over=True)
        case _:
            raise AssertionError(f"the log is broken: {event} after {session}")


def is_open(session: Session, account_id: str) -> bool:
    return isinstance(session, Started) and session == Started(account_id=account_id)


def open_one(session: Session, account_id: str) -> Started:
    """Somebody else's is unknown."""
    if isinstance(session, Unstarted) or session.account_id != account_id:
        raise SessionUnknown(field="session_id")
    if session.over:
        raise SessionIsOver(field="session_id")
    return session


SESSION: Fold[Session] = Fold("session", session_stream, INITIAL, evolve)
