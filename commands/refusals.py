"""Refusals by name. They know no HTTP: write_api/problems.py gives each its status."""

import re
from typing import ClassVar

from eventstore.errors import Refused


class Refusal(Refused):
    """A command that may not happen. `code` is stable; `field` names the input at fault."""

    code: ClassVar[str] = "refusal"
    message: ClassVar[str] = "The command was refused."

    def __init_subclass__(cls) -> None:
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()
        cls.message = (cls.__doc__ or "").strip()

    def __init__(self, detail: str | None = None, *, field: str | None = None) -> None:
        super().__init__(detail or self.message)
        self.field = field


class NotFound(Refusal):
    """There is no such thing."""


class NotYours(Refusal):
    """This belongs to somebody else."""


class NotAllowed(Refusal):
    """Your role may not do this."""


class SellerExists(Refusal):
    """A seller with this id is registered already."""


class SellerUnknown(Refusal):
    """No seller has this id."""


class SellerIsSuspended(Refusal):
    """The seller is suspended and cannot sell."""


class ListingExists(Refusal):
    """A listing with this id exists already."""


class ListingUnknown(Refusal):
    """No listing has this id."""


class ListingIsRetired(Refusal):
    """The listing is no longer for sale."""


class ForeignCurrency(Refusal):
    """The amount is in another currency than the one it must have."""


class AmountNotPositive(Refusal):
    """The amount must be more than zero."""


class AmountTooLarge(Refusal):
    """The amount is beyond what one record may hold."""


class OutOfStock(Refusal):
    """There is not enough stock."""


class ReservationTooSmall(Refusal):
    """Fewer units are reserved than this would take."""


class QuoteExists(Refusal):
    """A shipping quote with this id exists already."""


class QuoteUnknown(Refusal):
    """No shipping quote has this id."""


class QuoteExpired(Refusal):
    """The shipping quote is no longer valid: ask for a new one."""


class QuoteForAnotherBasket(Refusal):
    """The shipping quote was made for other listings or quantities."""


class OrderExists(Refusal):
    """An order with this id exists already."""


class OrderUnknown(Refusal):
    """No order has this id."""


class OrderIsCancelled(Refusal):
    """The order is cancelled."""


class OrderAlreadyPaid(Refusal):
    """The order is paid already."""


class OrderNotPaid(Refusal):
    """The order is not paid yet."""


class OrderIsCompleted(Refusal):
    """The order is completed: ask for a refund instead."""


class PaymentNotDueYet(Refusal):
    """The order may still be paid."""


class OrderAlreadyShipped(Refusal):
    """A parcel is on its way: ask for a refund instead."""


class SellerNotInOrder(Refusal):
    """The order has no line of this seller."""


class ParcelAlreadyHandedOver(Refusal):
    """This seller's parcel has been handed over already."""


class ParcelNotHandedOver(Refusal):
    """This seller's parcel has not been handed over yet."""


class ParcelAlreadyDelivered(Refusal):
    """This seller's parcel has been delivered already."""


class ParcelNotDelivered(Refusal):
    """This seller's parcel has not been delivered yet."""


class NothingToShip(Refusal):
    """Everything of this seller has been refunded: there is nothing to ship."""


class PaymentExists(Refusal):
    """A payment with this id exists already."""


class TooManyPayments(Refusal):
    """The order has as many payments as one may have."""


class TooManyRefunds(Refusal):
    """Too many refunds of the order wait for a decision."""


class PaymentInProgress(Refusal):
    """A payment of this order is under way: wait for its outcome."""


class PaymentUnknown(Refusal):
    """No payment has this id."""


class ProviderUnknown(Refusal):
    """The marketplace has no such payment provider."""


class NothingHeld(Refusal):
    """No money is held in escrow here."""


class AmountExceedsHeld(Refusal):
    """More than what is held in escrow."""


class RefundExists(Refusal):
    """A refund with this id exists already."""


class RefundUnknown(Refusal):
    """No refund has this id."""


class RefundUndecided(Refusal):
    """A refund that nobody has decided on asks for what is held here."""


class RefundLegNotRefused(Refusal):
    """The provider has not refused this leg of the refund: its outcome is not ours to set."""


class RefundLegExists(Refusal):
    """The refund has a leg over this payment already."""


class ChargeNotReversed(Refusal):
    """The charge was not taken back by its provider."""


class ChargeIsReversed(Refusal):
    """The buyer's bank has taken the charge back: settle it as charged_back."""


class NothingOverpaid(Refusal):
    """Nothing was paid beyond what the order costs."""


class RefundAlreadyDecided(Refusal):
    """The refund has been approved or rejected already."""


class RefundNotApproved(Refusal):
    """The refund has not been approved."""


class RefundExceedsCaptured(Refusal):
    """More than what was captured and not yet refunded."""


class RefundLineUnknown(Refusal):
    """The order has no such line."""


class RefundQuantityTooLarge(Refusal):
    """More units than are left to refund on this line."""


class NothingToRefund(Refusal):
    """Nothing is left to refund."""


class NothingDue(Refusal):
    """Nothing is due to this seller."""


class AmountExceedsDue(Refusal):
    """More than what is due to this seller."""


class PayoutExists(Refusal):
    """A payout with this id exists already."""


class PayoutUnknown(Refusal):
    """No payout has this id."""


class NoPayoutDestination(Refusal):
    """The seller has no account with the payout provider: name a destination."""
