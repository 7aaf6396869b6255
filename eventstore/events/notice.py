"""What a person is told, by which way, and what became of it. The text is made when it is sent."""

from datetime import datetime
from typing import Literal

from eventstore.events.account import Channel
from eventstore.events.base import Event

type Template = Literal[
    "registration_code",
    "sign_in_code",
    "reset_code",
    "already_registered",
    "not_registered",
    "token_reused",
    "seller_invitation",
    "step_up_code",
    "factor_added",
    "factor_removed",
    "recovery_code_used",
    "new_device",
    "password_changed",
    "contact_old_code",
    "contact_new_code",
    "contact_changed",
    "contact_restored",
    "recovery_code",
    "recovery_begun",
    "recovery_cancelled",
    "api_key_issued",
    "identity_linked",
    "identity_unlinked",
]


def notice_stream(notice_id: str) -> str:
    return f"notice-{notice_id}"


class NoticeEvent(Event, frozen=True, kw_only=True):
    notice_id: str

    @property
    def stream(self) -> str:
        return notice_stream(self.notice_id)


class NoticeRequested(NoticeEvent, frozen=True, kw_only=True, tag="notice.requested.v1"):
    """To a contact by its id; after `expires_at` there is no use in it."""

    contact_id: str
    channel: Channel
    provider: str
    template: Template
    expires_at: datetime | None


class NoticeSent(NoticeEvent, frozen=True, kw_only=True, tag="notice.sent.v1"):
    """A server has taken it; whether anybody reads it nobody can say."""

    reference: str


class NoticeRefused(NoticeEvent, frozen=True, kw_only=True, tag="notice.refused.v1"):
    """For good: there is no such address, or it came too late."""

    reason: str
