"""What can be asked of a payment's stream."""

from typing import Literal

from commands.command import Answer, Command
from eventstore.values import Money


class StartPayment(Command, frozen=True, kw_only=True):
    """With no amount the payment is for everything that is still due."""

    payment_id: str
    order_id: str
    provider: str
    method: str
    source: str
    amount_minor: int | None = None
    currency: str | None = None


class RecordCapture(Command, frozen=True, kw_only=True):
    payment_id: str
    order_id: str
    charge_reference: str


class RecordDecline(Command, frozen=True, kw_only=True):
    payment_id: str
    reason: str


class PaymentAnswer(Answer, frozen=True, kw_only=True):
    """`order_paid`: with this payment the order is paid."""

    payment_id: str
    order_id: str
    amount: Money
    status: Literal["started", "captured"]
    order_paid: bool


class OutcomeAnswer(Answer, frozen=True, kw_only=True):
    payment_id: str
    status: Literal["captured", "declined"]
