"""What the log wants people told is sent, and what became of it ends the call."""

from datetime import timedelta

from commands.command import Policy
from commands.outside.mail.call import SendLetter
from commands.outside.sms.call import SendText
from commands.processes.reactions import Call, CallDone
from commands.processes.send_notices import SendNotices
from eventstore.events.notice import NoticeRefused, NoticeRequested, NoticeSent
from tests.unit.facts import ANNA
from tests.unit.processes.played import played
from tests.unit.samples import AT, ENVELOPE

NOTICES = SendNotices(Policy())
REQUESTED = NoticeRequested(
    notice_id="~n1",
    contact_id="~c1",
    channel="email",
    provider="smtp",
    template="reset_code",
    expires_at=AT + timedelta(minutes=10),
)


def test_a_letter_is_sent_and_its_outcome_ends_the_call() -> None:
    call = SendLetter(
        provider="smtp",
        key="~n1",
        contact_id="~c1",
        template="reset_code",
        expires_at=REQUESTED.expires_at,
        correlation_id=ENVELOPE.correlation_id,
    )
    # Whichever way it went: nothing is owed on the other.
    done = [CallDone("mail", "letter", "~n1"), CallDone("sms", "text", "~n1")]
    assert played(NOTICES, [REQUESTED]) == [Call(call)]
    assert played(NOTICES, [NoticeSent(notice_id="~n1", reference="r")]) == done
    assert played(NOTICES, [NoticeRefused(notice_id="~n1", reason="r")]) == done


def test_all_of_a_notice_belongs_together_and_nothing_else_matters() -> None:
    sent, refused = (
        NoticeSent(notice_id="~n1", reference="r"),
        NoticeRefused(notice_id="~n1", reason="r"),
    )
    assert {NOTICES.interested(event) for event in (REQUESTED, sent, refused)} == {"~n1"}
    assert NOTICES.interested(ANNA) is None


def test_what_goes_to_a_number_is_a_text_message() -> None:
    by_phone = NoticeRequested(
        notice_id="~n2",
        contact_id="~c1",
        channel="phone",
        provider="smsc",
        template="reset_code",
        expires_at=None,
    )
    call = SendText(
        provider="smsc",
        key="~n2",
        contact_id="~c1",
        template="reset_code",
        expires_at=None,
        correlation_id=ENVELOPE.correlation_id,
    )
    assert played(NOTICES, [by_phone]) == [Call(call)]
