"""What can be asked of a notice's stream."""

from datetime import datetime

from commands.command import Command, NoAnswer
from eventstore.events.account import Channel
from eventstore.events.notice import Template


class RequestNotice(Command, frozen=True, kw_only=True):
    notice_id: str
    contact_id: str
    channel: Channel
    provider: str
    template: Template
    expires_at: datetime | None = None


class RecordNoticeSent(Command, frozen=True, kw_only=True):
    notice_id: str
    reference: str


class RecordNoticeRefused(Command, frozen=True, kw_only=True):
    notice_id: str
    reason: str


class NoticeAnswer(NoAnswer, frozen=True, kw_only=True):
    notice_id: str
