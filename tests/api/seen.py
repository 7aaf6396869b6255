"""Which fields each role sees in each answer of the read API, all of them, by name.

A field that is added to a view fails the test until it is decided here who sees it.
"""

from collections.abc import Iterator
from typing import Any

# Below these the keys are data: accounts, currencies, tables, what an event holds.
OPEN = {"currencies", "facetDistribution", "state", "data", "before", "after"}

type Fields = frozenset[str]


def fields(names: str = "", **nested: Fields) -> Fields:
    below = {f"{under}.{name}" for under, found in nested.items() for name in found}
    return frozenset(names.split()) | below


def page(item: Fields) -> Fields:
    return fields("next_cursor", items=item)


def walked(value: Any, under: str = "") -> Iterator[str]:
    """Every field of an answer by its path, lists passed through."""
    if isinstance(value, list) and value:
        for item in value:
            yield from walked(item, under)
    elif isinstance(value, dict) and under.rpartition(".")[2] not in OPEN:
        for key, item in value.items():
            yield from walked(item, f"{under}.{key}" if under else key)
    elif under:
        yield under


WHOLE_ORDER = fields(
    "order_id buyer_id status currency total_minor captured_minor difference_minor refunded_minor"
    " placed_at payment_due_at cancel_reason position version"
)
SELLERS_ORDER = fields(
    "order_id buyer_id status currency total_minor placed_at payment_due_at cancel_reason position"
)
BUYERS_LINE = fields(
    "line_id listing_id seller_id title category quantity unit_price_minor shipping_minor"
    " refunded_quantity refunded_minor"
)
LINE = BUYERS_LINE | fields("commission_minor commission_vat_minor")
PART = fields(
    "seller_id status carrier tracking_number handed_over_at delivered_at release_due_at"
    " confirmed_at completed_at"
)
ESCROW = fields(
    "order_id seller_id currency held_minor funded_minor released_minor returned_minor"
    " charged_back_minor"
)
PAYMENT = fields(
    "payment_id order_id provider method amount_minor currency status charge_reference reason"
    " started_at ended_at position"
)
REFUNDED = fields("line_id seller_id quantity price_minor shipping_minor")
REFUND = fields(
    "refund_id order_id amount_minor currency status reason settled_minor requested_at ended_at"
    " position",
    lines=REFUNDED,
)
SELLERS_REFUND = fields(
    "refund_id status currency amount_minor requested_at",
    lines=REFUNDED,
)
FULL = fields(
    order=WHOLE_ORDER, lines=LINE, parts=PART, escrow=ESCROW, payments=PAYMENT, refunds=REFUND
)
ENTRY = fields("position name seller_id amount_minor actor occurred_at recorded_at")
LISTING = fields(
    "listing_id seller_id title category price_minor currency status available reserved version"
)
HIT = fields("listing_id seller_id title category price_minor currency status available in_stock")
SEARCH = fields("estimatedTotalHits processingTimeMs facetDistribution", hits=HIT)
SELLER = fields("seller_id name currency status verified version")
BALANCE = fields(
    "seller_id currency held_minor balance_minor debt_minor earned_minor pending_minor"
    " paid_out_minor"
)
MEMBER = fields("account_id member since")
PAYOUT = fields(
    "payout_id seller_id provider amount_minor currency status provider_reference reason"
    " requested_at ended_at position"
)
EVENT = fields(
    "position stream version name actor command_id correlation_id causation_id occurred_at"
    " recorded_at"
)
ACTION = fields(
    "position action target executor timestamp reason account session command_id correlation_id"
    " also before after"
)
ENVELOPE = fields("occurred_at recorded_at actor command_id correlation_id causation_id")
ACCOUNT = fields(
    "next_cursor",
    balances=fields("account currency balance_minor"),
    entries=fields("position entry amount_minor currency name stream occurred_at recorded_at"),
)
SALES = fields(
    "key currency orders units price_minor shipping_minor gross_minor commission_minor"
    " refunded_minor"
)
REFUNDS = fields(
    "key currency refunds units price_minor shipping_minor gross_minor commission_minor"
)
FUNNEL = fields("key placed paid shipped delivered completed cancelled refunded")


def everybody(seen: Fields) -> dict[str, Fields]:
    return dict.fromkeys(("buyer", "seller", "operator", "auditor", "analyst"), seen)


def analysts(seen: Fields) -> dict[str, Fields]:
    return dict.fromkeys(("seller", "operator", "auditor", "analyst"), seen)


def auditors(seen: Fields) -> dict[str, Fields]:
    return {"operator": seen, "auditor": seen}


# A role that is not named is refused.
SEEN: dict[str, dict[str, Fields]] = {
    "/v1/orders": {
        **auditors(page(WHOLE_ORDER)),
        "buyer": page(WHOLE_ORDER),
        "seller": page(SELLERS_ORDER),
    },
    "/v1/orders/{order_id}": {
        **auditors(FULL),
        "buyer": fields(
            order=WHOLE_ORDER,
            lines=BUYERS_LINE,
            parts=PART,
            escrow=ESCROW,
            payments=PAYMENT,
            refunds=REFUND,
        ),
        "seller": fields(
            order=SELLERS_ORDER, lines=LINE, parts=PART, escrow=ESCROW, refunds=SELLERS_REFUND
        ),
    },
    "/v1/orders/{order_id}/timeline": {**auditors(ENTRY), "buyer": ENTRY, "seller": ENTRY},
    "/v1/payments/{payment_id}": {**auditors(PAYMENT), "buyer": PAYMENT},
    "/v1/refunds/{refund_id}": {**auditors(REFUND), "buyer": REFUND},
    "/v1/listings/search": everybody(SEARCH),
    "/v1/listings/{listing_id}": everybody(LISTING),
    "/v1/sellers/{seller_id}": everybody(SELLER),
    "/v1/sellers/{seller_id}/members": {**auditors(MEMBER), "seller": MEMBER},
    "/v1/sellers/{seller_id}/balance": {**auditors(BALANCE), "seller": BALANCE},
    "/v1/payouts": {**auditors(page(PAYOUT)), "seller": page(PAYOUT)},
    "/v1/payouts/{payout_id}": {**auditors(PAYOUT), "seller": PAYOUT},
    "/v1/ledger/trial-balance": auditors(fields("position currencies")),
    "/v1/ledger/movements": auditors(
        fields("position", movements=fields("name account_group currency amount_minor entries"))
    ),
    "/v1/ledger/accounts/{account}": auditors(ACCOUNT),
    "/v1/audit/events": auditors(page(EVENT)),
    "/v1/audit/actions": auditors(page(ACTION)),
    "/v1/audit/streams/{stream}": auditors(
        fields("stream state", events=fields("position version name data", envelope=ENVELOPE))
    ),
    "/v1/audit/reads": auditors(page(fields("read_id read_at reader path query refused"))),
    "/v1/explain/{read_model}/{field}": auditors(
        fields(
            "read_model id field value carried total",
            events=fields(
                "position stream event amount occurred_at recorded_at actor command_id"
                " correlation_id chain origin provider_reference"
            ),
        )
    ),
    "/v1/analytics/sales": analysts(SALES),
    "/v1/analytics/refunds": analysts(REFUNDS),
    "/v1/analytics/sellers": analysts(SALES),
    "/v1/analytics/categories": analysts(SALES),
    "/v1/analytics/funnel": analysts(FUNNEL),
    # A token that no session gave has no sessions.
    "/v1/sessions": {},
    "/v1/accounts/{account_id}": auditors(
        fields("account_id registered_at roles factors restricted")
    ),
    "/v1/restrictions/{kind}/{target_id}": auditors(
        fields("number reason evidence until imposed_by imposed_at lifted_by lifted_at")
    ),
}
