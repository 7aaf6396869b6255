"""What can be asked of a payment's stream."""

from commands.command import Command


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
