"""Handlers of notices."""

from commands.command import Policy
from commands.stream import Decision, States, Stream
from commands.streams.notice import decider
from commands.streams.notice.messages import (
    NoticeAnswer,
    RecordNoticeRefused,
    RecordNoticeSent,
    RequestNotice,
)
from commands.streams.notice.state import NOTICE


def request(command: RequestNotice, states: States, _: Policy) -> Decision:
    events = decider.request(command, states.of(NOTICE, command.notice_id, new=True))
    return events, NoticeAnswer(notice_id=command.notice_id)


def record_sent(command: RecordNoticeSent, states: States, _: Policy) -> Decision:
    events = decider.record_sent(command, states.of(NOTICE, command.notice_id))
    return events, NoticeAnswer(notice_id=command.notice_id)


def record_refused(command: RecordNoticeRefused, states: States, _: Policy) -> Decision:
    events = decider.record_refused(command, states.of(NOTICE, command.notice_id))
    return events, NoticeAnswer(notice_id=command.notice_id)


STREAM = Stream(
    fold=NOTICE,
    handlers={
        RequestNotice: request,
        RecordNoticeSent: record_sent,
        RecordNoticeRefused: record_refused,
    },
)
