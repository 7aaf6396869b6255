"""What can be asked of a seller's verification."""

from commands.command import Answer, Command, NoAnswer
from eventstore.events.seller_verification import Found, SellerKind


class SubmitSellerDetails(Command, frozen=True, kw_only=True):
    """`details_id` is the row that holds them; `provider` is who is asked of that kind."""

    seller_id: str
    details_id: str
    check_id: str
    kind: SellerKind
    provider: str


class RequestSellerCheck(Command, frozen=True, kw_only=True):
    """Of what was submitted, again."""

    seller_id: str
    check_id: str


class RecordSellerCheck(Command, frozen=True, kw_only=True):
    seller_id: str
    check_id: str
    found: Found
    reason: str
    evidence: str


class VerificationAnswer(Answer, frozen=True, kw_only=True):
    """`check_id` is what was asked of the register."""

    seller_id: str
    check_id: str


class CheckRecorded(NoAnswer, frozen=True, kw_only=True):
    check_id: str
