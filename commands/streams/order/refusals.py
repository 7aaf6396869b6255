"""Why something may not happen to orders and parcels."""

from commands.refusals import Conflict, Unknown


class OrderExists(Conflict):
    """An order with this id exists already."""


class OrderUnknown(Unknown):
    """No order has this id."""


class OrderIsCancelled(Conflict):
    """The order is cancelled."""


class OrderAlreadyPaid(Conflict):
    """The order is paid already."""


class OrderNotPaid(Conflict):
    """The order is not paid yet."""


class OrderIsCompleted(Conflict):
    """The order is completed: ask for a refund instead."""


class PaymentNotDueYet(Conflict):
    """The order may still be paid."""


class OrderAlreadyShipped(Conflict):
    """A parcel is on its way: ask for a refund instead."""


class SellerNotInOrder(Unknown):
    """The order has no line of this seller."""


class ParcelAlreadyHandedOver(Conflict):
    """This seller's parcel has been handed over already."""


class ParcelNotHandedOver(Conflict):
    """This seller's parcel has not been handed over yet."""


class ParcelAlreadyDelivered(Conflict):
    """This seller's parcel has been delivered already."""


class ParcelNotDelivered(Conflict):
    """This seller's parcel has not been delivered yet."""


class NothingToShip(Conflict):
    """Everything of this seller has been refunded: there is nothing to ship."""
