"""What can be asked of a refund's stream."""

from typing import Literal

import msgspec

from commands.command import Answer, Command
from eventstore.values import Money


class RefundLineRequest(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    line_id: int
    quantity: int


class RequestRefund(Command, frozen=True, kw_only=True):
    """By lines and quantities, or by amount, or of everything: of one seller's part or of all.

    `overpaid` asks for what was paid beyond the total and for no goods, first over `payment_id`.
    With `approve` an operator or a process approves in the same commit.
    """

    refund_id: str
    order_id: str
    reason: str
    lines: tuple[RefundLineRequest, ...] = ()
    amount_minor: int | None = None
    currency: str | None = None
    seller_id: str | None = None
    approve: bool = False
    overpaid: bool = False
    payment_id: str | None = None


class ApproveRefund(Command, frozen=True, kw_only=True):
    refund_id: str


class RejectRefund(Command, frozen=True, kw_only=True):
    refund_id: str
    reason: str


class RecordRefundLegSettled(Command, frozen=True, kw_only=True):
    refund_id: str
    payment_id: str
    provider_reference: str


class RecordRefundLegFailed(Command, frozen=True, kw_only=True):
    refund_id: str
    payment_id: str
    reason: str


type Way = Literal["paid_outside", "other_payment", "written_off", "charged_back"]


class SettleRefundLeg(Command, frozen=True, kw_only=True):
    """An operator's end of a leg that its provider refused.

    `reference` names the other way in which the buyer was paid; with `other_payment` the leg goes
    back over `to_payment_id`.
    """

    refund_id: str
    payment_id: str
    way: Way
    reason: str
    reference: str = ""
    to_payment_id: str = ""


type DecidedStatus = Literal["requested", "approved", "settled", "rejected"]


class RefundAnswer(Answer, frozen=True, kw_only=True):
    refund_id: str
    order_id: str
    amount: Money
    status: DecidedStatus


class DecisionAnswer(Answer, frozen=True, kw_only=True):
    refund_id: str
    status: DecidedStatus


class LegAnswer(Answer, frozen=True, kw_only=True):
    """`settled`: nothing of the refund is owed any more."""

    refund_id: str
    payment_id: str
    way: Way
    settled: bool
