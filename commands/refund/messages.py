"""What can be asked of a refund's stream."""

import msgspec

from commands.command import Command


class RefundLineRequest(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    line_id: int
    quantity: int


class RequestRefund(Command, frozen=True, kw_only=True):
    """By lines and quantities, or by amount (of one seller's part or of all), or of everything.

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
