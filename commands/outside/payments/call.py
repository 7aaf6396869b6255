"""The calls to a payment provider that the log says must be made.

They wait in a table for weeks: what they are stored as stays, whatever they are called here.
"""

from typing import ClassVar, Literal

import msgspec
from msgspec import field

from eventstore.values import Money

PORT = "payments"

type CallKind = Literal["charge", "refund", "payout"]


class _Call(msgspec.Struct, frozen=True, gc=False, kw_only=True, tag_field="kind"):
    """`key` is our record's id: the idempotency key, unique among the calls of its kind to its
    provider.
    """

    port: ClassVar[str] = PORT
    kind: ClassVar[str]

    provider: str
    key: str
    amount: Money
    correlation_id: str = ""


class Charge(_Call, frozen=True, gc=False, kw_only=True, tag="charge"):
    """Take the money for an order; `key` is the payment's id."""

    kind: ClassVar[str] = "charge"

    source: str = field(name="target")
    order_id: str = field(name="owner_id")


class Refund(_Call, frozen=True, gc=False, kw_only=True, tag="refund"):
    """Give back a leg of a refund: from one charge."""

    kind: ClassVar[str] = "refund"

    charge_reference: str = field(name="target")
    refund_id: str = field(name="subject_id")
    payment_id: str


class Payout(_Call, frozen=True, gc=False, kw_only=True, tag="payout"):
    """Send a seller's balance to the seller; `key` is the payout's id."""

    kind: ClassVar[str] = "payout"

    destination: str = field(name="target")
    seller_id: str = field(name="owner_id")


type PaymentCall = Charge | Refund | Payout


def refund_key(refund_id: str, payment_id: str) -> str:
    """The key of one leg of a refund.

    A colon joins ids that hold none; others are joined by what no id can hold, so that two pairs
    never have one key.
    """
    joint = "/" if ":" in refund_id + payment_id else ":"
    return f"{refund_id}{joint}{payment_id}"
