"""What the sandbox makes and tells of: charges, refunds, payouts, and the webhooks about them."""

from typing import Literal

import msgspec

type Name = Literal["charge", "refund", "payout"]


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    object: Literal["charge"] = "charge"
    status: str
    amount_minor: int
    currency: str
    source: str
    reference: str
    failure_code: str | None
    refunded_minor: int = 0
    created: int


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    object: Literal["refund"] = "refund"
    status: str
    charge: str
    amount_minor: int
    reference: str
    failure_code: str | None


class Payout(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    object: Literal["payout"] = "payout"
    status: str
    amount_minor: int
    currency: str
    destination: str
    reference: str
    failure_code: str | None
    created: int


type Made = Charge | Refund | Payout

SHAPES: dict[str, type[Made]] = {"charge": Charge, "refund": Refund, "payout": Payout}


class WebhookData(msgspec.Struct, frozen=True):
    object: Made


class Webhook(msgspec.Struct, frozen=True):
    id: str
    type: str
    created: int
    data: WebhookData
