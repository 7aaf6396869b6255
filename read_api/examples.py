"""Examples of answers for the OpenAPI document."""

AT = "2026-05-04T12:00:00Z"
ORDER = {
    "order_id": "019a4c6e-7d1b-7c3e-9f6a-3b2f1e0d9c8b",
    "buyer_id": "bob",
    "status": "paid",
    "currency": "EUR",
    "total_minor": 9700,
    "captured_minor": 9700,
    "difference_minor": 0,
    "refunded_minor": 0,
    "placed_at": AT,
    "payment_due_at": "2026-05-05T12:00:00Z",
    "cancel_reason": None,
    "position": 8,
    "version": 3,
}
ESCROW = {
    "order_id": ORDER["order_id"],
    "seller_id": "anna",
    "currency": "EUR",
    "held_minor": 9700,
    "funded_minor": 9700,
    "released_minor": 0,
    "returned_minor": 0,
    "charged_back_minor": 0,
}
LISTING = {
    "listing_id": "teapot",
    "seller_id": "anna",
    "title": "Blue teapot",
    "category": "kitchen",
    "price_minor": 4500,
    "currency": "EUR",
    "status": "active",
}

RESPONSES: dict[tuple[str, str], object] = {
    ("get", "/v1/orders"): {"items": [ORDER], "next_cursor": None},
    ("get", "/v1/orders/{order_id}"): {
        "order": ORDER,
        "lines": [],
        "parts": [],
        "escrow": [ESCROW],
        "payments": [],
        "refunds": [],
    },
    ("get", "/v1/orders/{order_id}/timeline"): [
        {
            "position": 14,
            "name": "escrow.funds_held.v1",
            "seller_id": "anna",
            "amount_minor": 9700,
            "actor": "system:sandbox",
            "occurred_at": AT,
            "recorded_at": AT,
        }
    ],
    ("get", "/v1/listings/search"): {
        "hits": [{**LISTING, "available": 8, "in_stock": True}],
        "estimatedTotalHits": 1,
        "processingTimeMs": 2,
        "facetDistribution": {"category": {"kitchen": 1}},
    },
    ("get", "/v1/listings/{listing_id}"): {
        **LISTING,
        "available": 8,
        "reserved": 2,
        "version": 1,
    },
    ("get", "/v1/sellers/{seller_id}/balance"): {
        "seller_id": "anna",
        "currency": "EUR",
        "held_minor": 9700,
        "balance_minor": 0,
        "debt_minor": 0,
        "earned_minor": 0,
        "pending_minor": 0,
        "paid_out_minor": 0,
    },
    ("get", "/v1/ledger/trial-balance"): {
        "position": 16,
        "currencies": {
            "EUR": {"sum_minor": 0, "accounts": {"escrow": 9700, "psp_clearing": -9700}}
        },
    },
    ("get", "/v1/analytics/sales"): [
        {
            "key": "2026-05",
            "currency": "EUR",
            "orders": 1,
            "units": 2,
            "price_minor": 9000,
            "shipping_minor": 700,
            "gross_minor": 9700,
            "commission_minor": 900,
            "refunded_minor": 0,
        }
    ],
    ("get", "/v1/analytics/refunds"): [
        {
            "key": "2026-05",
            "currency": "EUR",
            "refunds": 1,
            "units": 1,
            "price_minor": 4500,
            "shipping_minor": 350,
            "gross_minor": 4850,
            "commission_minor": 450,
        }
    ],
    ("get", "/v1/analytics/funnel"): [
        {
            "key": "all",
            "placed": 10,
            "paid": 9,
            "shipped": 7,
            "delivered": 6,
            "completed": 5,
            "cancelled": 1,
            "refunded": 1,
        }
    ],
    ("get", "/v1/audit/events"): {
        "items": [
            {
                "position": 8,
                "stream": f"order-{ORDER['order_id']}",
                "version": 1,
                "name": "order.placed.v1",
                "actor": "buyer:bob",
                "command_id": "buyer:bob/k5",
                "correlation_id": f"order-{ORDER['order_id']}",
                "causation_id": "buyer:bob/k5",
                "occurred_at": AT,
                "recorded_at": AT,
            }
        ],
        "next_cursor": None,
    },
    ("get", "/v1/explain/{read_model}/{field}"): {
        "read_model": "sellers",
        "id": "anna",
        "field": "earned_minor",
        "value": 8800,
        "carried": 0,
        "total": 1,
        "events": [
            {
                "position": 24,
                "stream": "seller_account-anna",
                "event": "seller_account.earnings_credited.v1",
                "amount": 8800,
                "occurred_at": AT,
                "recorded_at": AT,
                "actor": "system",
                "command_id": "release-anna",
                "correlation_id": f"order-{ORDER['order_id']}",
                "chain": [
                    {
                        "position": 19,
                        "event": "order.shipment_delivered.v1",
                        "command_id": "operator:me/k8",
                        "actor": "operator:me",
                    }
                ],
                "origin": "operator:me/k8",
                "provider_reference": "ch_1a2b3c",
            }
        ],
    },
}
