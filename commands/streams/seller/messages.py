"""What can be asked of a seller's stream."""

from commands.command import Answer, Command


class RegisterSeller(Command, frozen=True, kw_only=True):
    seller_id: str
    name: str
    currency: str
    commission_rate_bps: int | None = None
    payout_destination: str = ""
    payout_provider: str = ""


class SuspendSeller(Command, frozen=True, kw_only=True):
    seller_id: str
    reason: str


class SellerAnswer(Answer, frozen=True, kw_only=True):
    seller_id: str
