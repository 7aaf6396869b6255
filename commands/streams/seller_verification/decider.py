"""Verification: what a seller says of themselves, and what the state's register says of that."""

from commands.refusals import NotAllowed, NotYours
from commands.streams.seller.state import Registered, Seller, known
from commands.streams.seller_verification.messages import (
    RecordSellerCheck,
    RequestSellerCheck,
    SubmitSellerDetails,
)
from commands.streams.seller_verification.refusals import (
    CheckUnderWay,
    CheckUnknown,
    DetailsUnknown,
)
from commands.streams.seller_verification.state import Said, Verification
from eventstore.events.base import Event
from eventstore.events.seller import SellerUnverified, SellerVerified
from eventstore.events.seller_verification import (
    SellerChecked,
    SellerCheckRequested,
    SellerDetailsSubmitted,
)

DETAILS_CHANGED = "details-changed"


def submit(command: SubmitSellerDetails, verification: Verification, seller: Seller) -> list[Event]:
    """Who says something else of themselves is verified no more, until that is confirmed."""
    if not command.by.runs_the_marketplace and (
        command.by.role != "seller" or command.by.subject != command.seller_id
    ):
        raise NotYours(field="seller_id")
    registered = known(seller)
    if isinstance(verification, Said) and verification.asking:
        raise CheckUnderWay
    submitted = SellerDetailsSubmitted(
        seller_id=command.seller_id,
        details_id=command.details_id,
        check_id=command.check_id,
        kind=command.kind,
        provider=command.provider,
    )
    return [submitted, *_ended(command.seller_id, registered, DETAILS_CHANGED)]


def request(command: RequestSellerCheck, verification: Verification) -> list[Event]:
    if not command.by.runs_the_marketplace and command.by.role != "system":
        raise NotAllowed
    if not isinstance(verification, Said):
        raise DetailsUnknown(field="seller_id")
    if verification.asking:
        raise CheckUnderWay
    return [
        SellerCheckRequested(
            seller_id=command.seller_id,
            details_id=verification.details_id,
            check_id=command.check_id,
            kind=verification.kind,
            provider=verification.provider,
        )
    ]


def record(command: RecordSellerCheck, verification: Verification, seller: Seller) -> list[Event]:
    """The first answer to a question counts; one to an older question says nothing any more."""
    if command.by.role != "system":
        raise NotAllowed
    if not isinstance(verification, Said) or verification.asking != command.check_id:
        raise CheckUnknown(field="check_id")
    registered = known(seller)
    checked = SellerChecked(
        seller_id=command.seller_id,
        details_id=verification.details_id,
        check_id=command.check_id,
        found=command.found,
        reason=command.reason,
        evidence=command.evidence,
    )
    if command.found != "active":
        return [checked, *_ended(command.seller_id, registered, command.reason)]
    if registered.verified:
        return [checked]
    return [checked, SellerVerified(seller_id=command.seller_id)]


def _ended(seller_id: str, seller: Registered, reason: str) -> list[Event]:
    return [SellerUnverified(seller_id=seller_id, reason=reason)] if seller.verified else []
