"""One event of every type, with every field filled."""

from eventstore.events import (
    escrow,
    listing,
    order,
    payment,
    payout,
    provider_report,
    refund,
    seller,
    seller_account,
    shipping_quote,
    stock,
)
from eventstore.events.base import Event
from eventstore.values import Envelope, Money
from tests.unit.samples_of_persons import AT, OF_PERSONS

ENVELOPE = Envelope(
    occurred_at=AT,
    recorded_at=AT,
    actor="buyer:b1",
    command_id="buyer:b1/key-1",
    correlation_id="order-o1",
    causation_id="buyer:b1/key-1",
)
EUR = Money(1234, "EUR")
TERMS = order.CommissionTerms(rule="seller", rate_bps=750, vat_rate_bps=2000)
LINE = order.OrderLine(
    line_id=1,
    listing_id="l1",
    seller_id="s1",
    title="Blue teapot „Žižkov“ 🫖",
    category="kitchen",
    quantity=2,
    unit_price_minor=567,
    shipping_minor=100,
    commission_minor=85,
    commission_vat_minor=17,
    commission=TERMS,
)
TAKEN = order.RefundLine(
    line_id=1,
    seller_id="s1",
    quantity=1,
    price_minor=567,
    shipping_minor=50,
    commission_minor=43,
    commission_vat_minor=9,
)
LEG = order.RefundLeg(
    payment_id="p1", provider="sandbox", charge_reference="ch_1", amount_minor=617
)
OF_ORDER = {"order_id": "o1"}
OF_PART = {"order_id": "o1", "seller_id": "s1"}
OF_PAYMENT = {"payment_id": "p1", "order_id": "o1"}
OF_REFUND = {"refund_id": "r1", "order_id": "o1"}
OF_PAYOUT = {"payout_id": "po1", "seller_id": "s1"}

SAMPLES: list[Event] = [
    seller.SellerRegistered(
        seller_id="s1",
        name="Anna's pottery",
        currency="EUR",
        commission_rate_bps=750,
        payout_destination="dest_ok",
        payout_provider="sandbox",
    ),
    seller.SellerSuspended(seller_id="s1", reason="fraud"),
    listing.ListingCreated(
        listing_id="l1", seller_id="s1", title="Blue teapot", category="kitchen", price=EUR
    ),
    listing.ListingRepriced(listing_id="l1", price=EUR),
    listing.ListingRetired(listing_id="l1", reason="sold out"),
    stock.StockReceived(listing_id="l1", quantity=5),
    stock.StockReserved(listing_id="l1", quantity=2, order_id="o1"),
    stock.StockReleased(listing_id="l1", quantity=2, order_id="o1"),
    stock.StockCommitted(listing_id="l1", quantity=2, order_id="o1"),
    shipping_quote.ShippingQuoteIssued(
        quote_id="q1",
        currency="EUR",
        lines=(shipping_quote.QuoteLine(listing_id="l1", quantity=2, shipping_minor=100),),
        expires_at=AT,
        source="tariff",
    ),
    order.OrderPlaced(
        buyer_id="b1", lines=(LINE,), total=EUR, quote_id="q1", payment_due_at=AT, **OF_ORDER
    ),
    order.OrderPaymentOpened(payment_id="p1", amount=EUR, **OF_ORDER),
    order.OrderPaymentClosed(payment_id="p1", **OF_ORDER),
    order.OrderPaymentRecorded(
        payment_id="p1",
        provider="sandbox",
        method="card",
        charge_reference="ch_1",
        amount=EUR,
        **OF_ORDER,
    ),
    order.PaymentDifferenceBooked(payment_id="p1", amount=Money(-2, "EUR"), **OF_ORDER),
    order.PaymentDifferenceReversed(refund_id="r1", amount=Money(-2, "EUR"), **OF_ORDER),
    order.OrderPaymentReversed(payment_id="p1", amount=EUR, **OF_ORDER),
    order.OrderPaymentReinstated(payment_id="p1", amount=EUR, **OF_ORDER),
    order.PaymentDifferenceChargedBack(payment_id="p1", amount=Money(7, "EUR"), **OF_ORDER),
    order.OrderUnpaid(payment_due_at=AT, goes_on=False, **OF_ORDER),
    order.OrderPaid(**OF_ORDER),
    order.OrderCancelled(reason="changed my mind", **OF_ORDER),
    order.ShipmentHandedOver(carrier="CDEK", tracking_number="T1", **OF_PART),
    order.ShipmentDelivered(release_due_at=AT, **OF_PART),
    order.ReceiptConfirmed(**OF_PART),
    order.SellerPartCompleted(**OF_PART),
    order.SellerPartEmptied(**OF_PART),
    order.SellerPartCancelled(reason="not paid in time", **OF_PART),
    order.OrderCompleted(**OF_ORDER),
    order.RefundReserved(
        refund_id="r1", lines=(TAKEN,), difference_minor=0, legs=(LEG,), **OF_ORDER
    ),
    order.RefundReservationUsed(refund_id="r1", **OF_ORDER),
    order.RefundReservationDropped(refund_id="r1", **OF_ORDER),
    order.RefundLegMoved(
        refund_id="r1",
        from_payment_id="p1",
        to_payment_id="p2",
        amount=Money(617, "EUR"),
        **OF_ORDER,
    ),
    payment.PaymentStarted(
        provider="sandbox", method="card", source="tok_ok", amount=EUR, **OF_PAYMENT
    ),
    payment.PaymentCaptured(amount=EUR, charge_reference="ch_1", **OF_PAYMENT),
    payment.PaymentDeclined(reason="insufficient_funds", **OF_PAYMENT),
    payment.PaymentReversed(amount=EUR, reason="reversed_by_bank", **OF_PAYMENT),
    payment.PaymentReinstated(amount=EUR, charge_reference="ch_1", **OF_PAYMENT),
    escrow.FundsHeld(payment_id="p1", amount=EUR, **OF_PART),
    escrow.FundsReleased(amount=EUR, commission_minor=85, commission_vat_minor=17, **OF_PART),
    escrow.FundsReturned(refund_id="r1", amount=EUR, **OF_PART),
    escrow.CommissionReversed(
        refund_id="r1", amount=Money(43, "EUR"), commission_vat_minor=9, **OF_PART
    ),
    escrow.FundsChargedBack(
        payment_id="p1",
        amount=Money(500, "EUR"),
        released_minor=734,
        borne_by="seller",
        **OF_PART,
    ),
    escrow.FundsReinstated(
        payment_id="p1", amount=Money(500, "EUR"), recovered_minor=734, **OF_PART
    ),
    escrow.LossRecovered(payment_id="p1", amount=Money(734, "EUR"), **OF_PART),
    refund.RefundRequested(
        amount=Money(617, "EUR"),
        lines=(TAKEN,),
        difference_minor=0,
        legs=(LEG,),
        reason="torn",
        **OF_REFUND,
    ),
    refund.RefundApproved(amount=Money(617, "EUR"), legs=(LEG,), **OF_REFUND),
    refund.RefundRejected(reason="used", **OF_REFUND),
    refund.RefundLegSettled(
        payment_id="p1", amount=Money(617, "EUR"), provider_reference="re_1", **OF_REFUND
    ),
    refund.RefundLegFailed(payment_id="p1", reason="account closed", **OF_REFUND),
    refund.RefundSettled(amount=Money(617, "EUR"), **OF_REFUND),
    refund.RefundFailed(owed=Money(617, "EUR"), **OF_REFUND),
    refund.RefundLegBounced(
        payment_id="p1", amount=Money(617, "EUR"), reason="account closed", **OF_REFUND
    ),
    refund.RefundLegSettledOtherwise(
        payment_id="p1",
        amount=Money(617, "EUR"),
        way="paid_outside",
        reference="transfer 4711",
        reason="the card was closed",
        **OF_REFUND,
    ),
    refund.RefundLegReplaced(
        payment_id="p1",
        amount=Money(617, "EUR"),
        leg=order.RefundLeg(
            payment_id="p2", provider="sandbox", charge_reference="ch_2", amount_minor=617
        ),
        owed_minor=0,
        reason="the card was closed",
        **OF_REFUND,
    ),
    refund.RefundLegPaidTwice(
        payment_id="p1",
        amount=Money(617, "EUR"),
        provider_reference="re_1",
        reason="",
        **OF_REFUND,
    ),
    seller_account.EarningsCredited(seller_id="s1", order_id="o1", amount=EUR),
    seller_account.DebtRepaid(seller_id="s1", amount=EUR),
    seller_account.RefundDebited(
        seller_id="s1",
        order_id="o1",
        refund_id="r1",
        amount=Money(617, "EUR"),
        from_balance_minor=500,
        from_debt_minor=65,
        commission_reversed_minor=43,
        commission_vat_reversed_minor=9,
    ),
    seller_account.ChargebackDebited(
        seller_id="s1",
        order_id="o1",
        payment_id="p1",
        amount=Money(734, "EUR"),
        from_balance_minor=700,
        from_debt_minor=34,
    ),
    seller_account.PayoutReclaimed(
        seller_id="s1",
        payout_id="po1",
        amount=EUR,
        from_balance_minor=1200,
        from_debt_minor=34,
    ),
    seller_account.PayoutClaimed(seller_id="s1", payout_id="po1", amount=EUR),
    seller_account.PayoutReturned(seller_id="s1", payout_id="po1", amount=EUR),
    payout.PayoutRequested(provider="sandbox", destination="dest_ok", amount=EUR, **OF_PAYOUT),
    payout.PayoutSent(provider_reference="po_1", **OF_PAYOUT),
    payout.PayoutSettled(amount=EUR, provider_reference="po_1", **OF_PAYOUT),
    payout.PayoutFailed(reason="account closed", **OF_PAYOUT),
    payout.PayoutBounced(amount=EUR, reason="account closed", **OF_PAYOUT),
    provider_report.ProviderReported(
        key="k1",
        provider="sandbox",
        external_id="evt_1",
        kind="dispute.opened",
        object_id="dp_1",
        concerns="ch_1",
        amount=EUR,
        happened_at=AT,
    ),
    *OF_PERSONS,
]
