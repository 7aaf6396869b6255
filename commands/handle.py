"""One handler a command: gather the states, ask the decider, say what to answer.

A handler is pure and synchronous. The states it reads are the command's read set: the append
verifies that none of them has changed.
"""

import msgspec

from commands.command import Command
from commands.decision import Handler
from commands.handlers import catalogue, money, orders
from commands.listing.messages import CreateListing, RepriceListing, RetireListing
from commands.order.messages import (
    CancelOrder,
    ConfirmReceipt,
    HandOverShipment,
    PlaceOrder,
    RecordDelivery,
    ReleaseFunds,
)
from commands.payment.messages import (
    RecordCapture,
    RecordDecline,
    StartPayment,
)
from commands.payout.messages import (
    RecordPayoutFailed,
    RecordPayoutSent,
    RecordPayoutSettled,
    RequestPayout,
)
from commands.refund.messages import (
    ApproveRefund,
    RecordRefundLegFailed,
    RecordRefundLegSettled,
    RejectRefund,
    RequestRefund,
    SettleRefundLeg,
)
from commands.seller.messages import RegisterSeller, SuspendSeller
from commands.shipping_quote.messages import IssueShippingQuote
from commands.stock.messages import ReceiveStock

HANDLERS: dict[type[Command], Handler] = {
    RegisterSeller: catalogue.register_seller,
    SuspendSeller: catalogue.suspend_seller,
    CreateListing: catalogue.create_listing,
    RepriceListing: catalogue.reprice_listing,
    RetireListing: catalogue.retire_listing,
    ReceiveStock: catalogue.receive_stock,
    IssueShippingQuote: catalogue.issue_shipping_quote,
    PlaceOrder: orders.place_order,
    CancelOrder: orders.cancel_order,
    HandOverShipment: orders.hand_over,
    RecordDelivery: orders.record_delivery,
    ConfirmReceipt: orders.confirm_receipt,
    ReleaseFunds: orders.release_funds,
    StartPayment: money.start_payment,
    RecordCapture: money.record_capture,
    RecordDecline: money.record_decline,
    RequestRefund: money.request_refund,
    ApproveRefund: money.approve_refund,
    RejectRefund: money.reject_refund,
    RecordRefundLegSettled: money.settle_leg,
    RecordRefundLegFailed: money.fail_leg,
    SettleRefundLeg: money.settle_leg_otherwise,
    RequestPayout: money.request_payout,
    RecordPayoutSent: money.send_payout,
    RecordPayoutSettled: money.settle_payout,
    RecordPayoutFailed: money.fail_payout,
}

ANSWERS = msgspec.json.Encoder()
