"""Facts about one attempt to take money from a buyer."""

from eventstore.events.base import Event
from eventstore.personal import Personal
from eventstore.values import Money


def payment_stream(payment_id: str) -> str:
    return f"payment-{payment_id}"


class PaymentEvent(Event, frozen=True, kw_only=True):
    payment_id: str
    order_id: str

    @property
    def stream(self) -> str:
        return payment_stream(self.payment_id)


class PaymentStarted(PaymentEvent, frozen=True, kw_only=True, tag="payment.started.v1"):
    """The intent. `source` is the provider's token for the means of payment, never a card."""

    provider: str
    method: str
    source: Personal[str]
    amount: Money


class PaymentCaptured(PaymentEvent, frozen=True, kw_only=True, tag="payment.captured.v1"):
    amount: Money
    charge_reference: str


class PaymentDeclined(PaymentEvent, frozen=True, kw_only=True, tag="payment.declined.v1"):
    reason: str


class PaymentReversed(PaymentEvent, frozen=True, kw_only=True, tag="payment.reversed.v1"):
    """The provider took back a capture that it had confirmed."""

    amount: Money
    reason: str


class PaymentReinstated(PaymentEvent, frozen=True, kw_only=True, tag="payment.reinstated.v1"):
    """The provider gave back what it had taken back: a dispute was won."""

    amount: Money
    charge_reference: str
