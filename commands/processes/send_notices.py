"""Send what people are to be told, for every notice that the log asks for."""

from collections.abc import Sequence

from commands.outside.mail.call import SendLetter
from commands.outside.sms.call import SendText
from commands.processes.process import NoState, Process
from commands.processes.reactions import Call, CallDone, Reaction
from eventstore.codec import Recorded
from eventstore.events.base import Event
from eventstore.events.notice import NoticeRefused, NoticeRequested, NoticeSent


class SendNotices(Process[NoState]):
    name = "send-notices"
    state_type = NoState

    def interested(self, event: Event) -> str | None:
        match event:
            case NoticeRequested() | NoticeSent() | NoticeRefused():
                return event.notice_id
            case _:
                return None

    def react(self, state: NoState, recorded: Recorded) -> Sequence[Reaction]:  # noqa: ARG002
        match recorded.event:
            case NoticeRequested(channel="email") as event:
                return [Call(_letter(event, recorded.envelope.correlation_id))]
            case NoticeRequested(channel="phone") as event:
                return [Call(_text(event, recorded.envelope.correlation_id))]
            case NoticeSent(notice_id=key) | NoticeRefused(notice_id=key):
                return [CallDone(call.port, call.kind, key) for call in (SendLetter, SendText)]
            case _:
                return []


def _letter(event: NoticeRequested, correlation: str) -> SendLetter:
    return SendLetter(
        provider=event.provider,
        key=event.notice_id,
        contact_id=event.contact_id,
        template=event.template,
        expires_at=event.expires_at,
        correlation_id=correlation,
    )


def _text(event: NoticeRequested, correlation: str) -> SendText:
    return SendText(
        provider=event.provider,
        key=event.notice_id,
        contact_id=event.contact_id,
        template=event.template,
        expires_at=event.expires_at,
        correlation_id=correlation,
    )
