"""The events of the log, one module a stream category, a line each."""

from eventstore.events import (
    account,
    contact,
    escrow,
    listing,
    notice,
    order,
    payment,
    payout,
    provider_report,
    refund,
    restriction,
    seller,
    seller_account,
    session,
    shipping_quote,
    stock,
)

MODULES = (
    seller,
    listing,
    stock,
    shipping_quote,
    order,
    payment,
    escrow,
    refund,
    seller_account,
    payout,
    provider_report,
    account,
    contact,
    session,
    notice,
    restriction,
)
