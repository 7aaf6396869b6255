"""What is known of a notice."""

import msgspec

from commands.stream import Fold
from eventstore.events.base import Event
from eventstore.events.notice import NoticeRefused, NoticeRequested, NoticeSent, notice_stream


class Unasked(msgspec.Struct, frozen=True, gc=False):
    pass


class Asked(msgspec.Struct, frozen=True, gc=False):
    pass


class Settled(msgspec.Struct, frozen=True, gc=False):
    pass


type Notice = Unasked | Asked | Settled

INITIAL = Unasked()


def evolve(notice: Notice, event: Event) -> Notice:
    match notice, event:
        case Unasked(), NoticeRequested():
            return Asked()
        case Asked(), NoticeSent() | NoticeRefused():
            return Settled()
        case _:
            raise AssertionError(f"the log is broken: {event} after {notice}")


NOTICE: Fold[Notice] = Fold("notice", notice_stream, INITIAL, evolve)
