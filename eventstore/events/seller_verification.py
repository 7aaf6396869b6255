"""Who a seller is to the state, and what its registers say of them.

Numbers stand in a row: those of people are theirs. The log names the row, and what was found when,
by whom, with a hash of what they answered.
"""

from typing import Literal

from eventstore.events.base import Event

type SellerKind = Literal["company", "sole_trader", "self_employed"]
type Found = Literal["active", "not_active", "not_found", "other"]


def seller_verification_stream(seller_id: str) -> str:
    return f"seller_verification-{seller_id}"


class VerificationEvent(Event, frozen=True, kw_only=True):
    seller_id: str
    details_id: str
    check_id: str

    @property
    def stream(self) -> str:
        return seller_verification_stream(self.seller_id)


class SellerDetailsSubmitted(
    VerificationEvent, frozen=True, kw_only=True, tag="seller_verification.submitted.v1"
):
    """`details_id` is the row. With it `provider` is asked, as `check_id`."""

    kind: SellerKind
    provider: str


class SellerCheckRequested(
    VerificationEvent, frozen=True, kw_only=True, tag="seller_verification.check_requested.v1"
):
    """Again, of the same details: what was true once may have ended."""

    kind: SellerKind
    provider: str


class SellerChecked(
    VerificationEvent, frozen=True, kw_only=True, tag="seller_verification.checked.v1"
):
    """What the register says. `evidence` is the SHA-256 of its answer as it came."""

    found: Found
    reason: str
    evidence: str
