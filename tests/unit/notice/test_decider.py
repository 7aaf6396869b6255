"""Notices: asked for once, by ourselves; what became of one is recorded once."""

from datetime import timedelta
from typing import Any

import pytest

from commands.command import Command
from commands.refusals import NotAllowed
from commands.streams.notice.messages import RecordNoticeRefused, RecordNoticeSent, RequestNotice
from commands.streams.notice.refusals import NoticeExists, NoticeIsSettled, NoticeUnknown
from eventstore.events.notice import NoticeRefused, NoticeRequested, NoticeSent
from tests.given import NOW, at, given
from tests.unit.ladder import Rung, ladder, named, rung
from tests.unit.market import BUYER, SYSTEM

WHAT: dict[str, Any] = {
    "notice_id": "~n1",
    "contact_id": "~c1",
    "channel": "email",
    "provider": "smtp",
    "template": "sign_in_code",
    "expires_at": NOW + timedelta(minutes=10),
}
REQUESTED = NoticeRequested(**WHAT)
SENT = NoticeSent(notice_id="~n1", reference="<1@x>")
REFUSED = NoticeRefused(notice_id="~n1", reason="smtp-550")
ASK = RequestNotice(**WHAT, **at(SYSTEM))
RECORD_SENT = RecordNoticeSent(notice_id="~n1", reference="<1@x>", **at(SYSTEM))
RECORD_REFUSED = RecordNoticeRefused(notice_id="~n1", reason="smtp-550", **at(SYSTEM))


def test_what_is_asked_for_and_what_became_of_it() -> None:
    given().when(ASK).then(REQUESTED)
    given(REQUESTED).when(RECORD_SENT).then(SENT)
    given(REQUESTED).when(RECORD_REFUSED).then(REFUSED)


def rungs(command: Command) -> list[Rung]:
    return ladder(
        given,
        command,
        rung(NotAllowed),
        rung(NoticeUnknown, **at(SYSTEM)),
        rung(NoticeIsSettled, world=lambda: given(REQUESTED, SENT)),
        rung(NoticeIsSettled, world=lambda: given(REQUESTED, REFUSED)),
    )


@pytest.mark.parametrize(
    "why",
    [
        *ladder(
            lambda: given(REQUESTED),
            RequestNotice(**WHAT, **at(BUYER)),
            rung(NotAllowed),
            rung(NoticeExists, **at(SYSTEM)),
            rung(NoticeExists, world=lambda: given(REQUESTED, SENT)),
        ),
        *rungs(RecordNoticeSent(notice_id="~n1", reference="r", **at(BUYER))),
        *rungs(RecordNoticeRefused(notice_id="~n1", reason="r", **at(BUYER))),
    ],
    ids=named,
)
def test_refusals_in_their_order(why: Rung) -> None:
    why.holds()
