"""Notices: asked for by ourselves, settled by who was to carry them."""

from commands.refusals import NotAllowed
from commands.streams.notice.messages import RecordNoticeRefused, RecordNoticeSent, RequestNotice
from commands.streams.notice.refusals import NoticeExists, NoticeIsSettled, NoticeUnknown
from commands.streams.notice.state import Notice, Settled, Unasked
from eventstore.events.base import Event
from eventstore.events.notice import NoticeRefused, NoticeRequested, NoticeSent


def request(command: RequestNotice, notice: Notice) -> list[Event]:
    _ourselves(command)
    if not isinstance(notice, Unasked):
        raise NoticeExists
    return [
        NoticeRequested(
            notice_id=command.notice_id,
            contact_id=command.contact_id,
            channel=command.channel,
            provider=command.provider,
            template=command.template,
            expires_at=command.expires_at,
        )
    ]


def record_sent(command: RecordNoticeSent, notice: Notice) -> list[Event]:
    _ourselves(command)
    _unsettled(notice)
    return [NoticeSent(notice_id=command.notice_id, reference=command.reference)]


def record_refused(command: RecordNoticeRefused, notice: Notice) -> list[Event]:
    _ourselves(command)
    _unsettled(notice)
    return [NoticeRefused(notice_id=command.notice_id, reason=command.reason)]


def _ourselves(command: RequestNotice | RecordNoticeSent | RecordNoticeRefused) -> None:
    if command.by.role != "system":
        raise NotAllowed


def _unsettled(notice: Notice) -> None:
    if isinstance(notice, Unasked):
        raise NoticeUnknown
    if isinstance(notice, Settled):
        raise NoticeIsSettled
