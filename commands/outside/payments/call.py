"""A call to a payment provider that the log says must be made."""

from typing import ClassVar, Literal

import msgspec

from eventstore.values import Money

type CallKind = Literal["charge", "refund", "payout"]


class PaymentCall(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A call that the log says must be made. `key` is our record's id: the idempotency key, unique
    among the calls of its kind to its provider.

    `target` is the charge's source, the refunded charge's reference, or the payout's destination.
    """

    port: ClassVar[str] = "payments"

    kind: CallKind
    provider: str
    key: str
    target: str
    amount: Money
    subject_id: str
    payment_id: str = ""
    owner_id: str = ""
    correlation_id: str = ""


def refund_key(refund_id: str, payment_id: str) -> str:
    """The key of one leg of a refund.

    A colon joins ids that hold none; others are joined by what no id can hold, so that two pairs
    never have one key.
    """
    joint = "/" if ":" in refund_id + payment_id else ":"
    return f"{refund_id}{joint}{payment_id}"
