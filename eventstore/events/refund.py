"""Facts about giving money back to a buyer."""

from typing import Literal

from eventstore.events.base import Event
from eventstore.events.order import RefundLeg, RefundLine
from eventstore.values import Money


def refund_stream(refund_id: str) -> str:
    return f"refund-{refund_id}"


class RefundEvent(Event, frozen=True, kw_only=True):
    refund_id: str
    order_id: str

    @property
    def stream(self) -> str:
        return refund_stream(self.refund_id)


class RefundRequested(RefundEvent, frozen=True, kw_only=True, tag="refund.requested.v1"):
    """`amount` = the lines' prices and shipping + `difference_minor` = the legs."""

    amount: Money
    lines: tuple[RefundLine, ...]
    difference_minor: int
    legs: tuple[RefundLeg, ...]
    reason: str


class RefundApproved(RefundEvent, frozen=True, kw_only=True, tag="refund.approved.v1"):
    amount: Money
    legs: tuple[RefundLeg, ...]


class RefundRejected(RefundEvent, frozen=True, kw_only=True, tag="refund.rejected.v1"):
    reason: str


class RefundLegSettled(RefundEvent, frozen=True, kw_only=True, tag="refund.leg_settled.v1"):
    payment_id: str
    amount: Money
    provider_reference: str


class RefundLegFailed(RefundEvent, frozen=True, kw_only=True, tag="refund.leg_failed.v1"):
    payment_id: str
    reason: str


class RefundSettled(RefundEvent, frozen=True, kw_only=True, tag="refund.settled.v1"):
    amount: Money


class RefundFailed(RefundEvent, frozen=True, kw_only=True, tag="refund.failed.v1"):
    """At least one leg was refused by its provider; what is still owed waits in the books."""

    owed: Money


class RefundLegBounced(RefundEvent, frozen=True, kw_only=True, tag="refund.leg_bounced.v1"):
    """A leg that had been settled came back from the buyer's bank: it is owed again."""

    payment_id: str
    amount: Money
    reason: str


class RefundLegSettledOtherwise(
    RefundEvent, frozen=True, kw_only=True, tag="refund.leg_settled_otherwise.v1"
):
    """An operator's end of a leg that the provider refused.

    `paid_outside`: the buyer has the money by another way, named in `reference`.
    `written_off`: nothing is paid. `charged_back`: nothing either, for the buyer's bank had taken
    the whole charge back.
    """

    payment_id: str
    amount: Money
    way: Literal["paid_outside", "written_off", "charged_back"]
    reference: str
    reason: str


class RefundLegReplaced(RefundEvent, frozen=True, kw_only=True, tag="refund.leg_replaced.v1"):
    """An operator sends a leg that its provider refused over another payment of the order.

    `owed_minor` is what providers have refused of the other legs.
    """

    payment_id: str
    amount: Money
    leg: RefundLeg
    owed_minor: int
    reason: str


class RefundLegPaidTwice(RefundEvent, frozen=True, kw_only=True, tag="refund.leg_paid_twice.v1"):
    """The provider paid a leg after all that had been settled otherwise: a loss of ours.

    Negative when that payment came back, for a `reason`.
    """

    payment_id: str
    amount: Money
    provider_reference: str
    reason: str
