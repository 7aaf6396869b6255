"""Examples of requests and answers for the OpenAPI document."""

MONEY = {"amount_minor": 9500, "currency": "EUR"}
ORDER = "019a4c6e-7d1b-7c3e-9f6a-3b2f1e0d9c8b"

REQUESTS: dict[tuple[str, str], object] = {
    ("post", "/v1/sellers"): {
        "seller_id": "anna",
        "name": "Anna's pottery",
        "currency": "EUR",
        "payout_destination": "dest_ok",
    },
    ("post", "/v1/sellers/{seller_id}/suspend"): {"reason": "complaints"},
    ("post", "/v1/listings"): {
        "listing_id": "teapot",
        "seller_id": "anna",
        "title": "Blue teapot",
        "category": "kitchen",
        "price": {"amount_minor": 4500, "currency": "EUR"},
    },
    ("post", "/v1/listings/{listing_id}/price"): {"price": MONEY},
    ("post", "/v1/listings/{listing_id}/retire"): {"reason": "no longer made"},
    ("post", "/v1/listings/{listing_id}/stock"): {"quantity": 10},
    ("post", "/v1/shipping-quotes"): {"lines": [{"listing_id": "teapot", "quantity": 2}]},
    ("post", "/v1/orders"): {
        "order_id": ORDER,
        "lines": [{"listing_id": "teapot", "quantity": 2}],
        "shipping_quote_id": "q1",
    },
    ("post", "/v1/orders/{order_id}/cancel"): {"reason": "changed my mind"},
    ("post", "/v1/orders/{order_id}/payments"): {"provider": "sandbox", "source": "tok_ok"},
    ("post", "/v1/orders/{order_id}/shipments"): {
        "seller_id": "anna",
        "carrier": "CDEK",
        "tracking_number": "1105562744",
    },
    ("post", "/v1/orders/{order_id}/shipments/{seller_id}/deliver"): {
        "occurred_at": "2026-05-04T12:00:00Z"
    },
    ("post", "/v1/orders/{order_id}/shipments/{seller_id}/confirm"): {},
    ("post", "/v1/orders/{order_id}/shipments/{seller_id}/release"): {"amount": MONEY},
    ("post", "/v1/orders/{order_id}/refunds"): {
        "lines": [{"line_id": 1, "quantity": 1}],
        "reason": "arrived broken",
    },
    ("post", "/v1/refunds/{refund_id}/approve"): {},
    ("post", "/v1/refunds/{refund_id}/reject"): {"reason": "worn"},
    ("post", "/v1/refunds/{refund_id}/legs/{payment_id}/settle"): {
        "way": "paid_outside",
        "reference": "bank transfer 4711",
        "reason": "the card was closed",
    },
    ("post", "/v1/payouts"): {"seller_id": "anna", "provider": "sandbox"},
}

RESPONSES: dict[tuple[str, str], object] = {
    ("post", "/v1/shipping-quotes"): {
        "quote_id": "q1",
        "shipping": {"amount_minor": 700, "currency": "EUR"},
        "lines": [{"listing_id": "teapot", "quantity": 2, "shipping_minor": 700}],
        "expires_at": "2026-05-04T13:00:00Z",
    },
    ("post", "/v1/orders"): {
        "order_id": ORDER,
        "status": "awaiting_payment",
        "total": {"amount_minor": 9700, "currency": "EUR"},
        "payment_due_at": "2026-05-05T12:00:00Z",
        "lines": [
            {
                "line_id": 1,
                "listing_id": "teapot",
                "seller_id": "anna",
                "quantity": 2,
                "unit_price_minor": 4500,
                "shipping_minor": 700,
            }
        ],
    },
    ("post", "/v1/orders/{order_id}/payments"): {
        "payment_id": "019a4c6e-8f00-7000-8000-000000000001",
        "order_id": ORDER,
        "amount": {"amount_minor": 9700, "currency": "EUR"},
        "status": "started",
        "order_paid": False,
    },
    ("post", "/v1/orders/{order_id}/refunds"): {
        "refund_id": "019a4c6e-8f00-7000-8000-000000000002",
        "order_id": ORDER,
        "amount": {"amount_minor": 4850, "currency": "EUR"},
        "status": "requested",
    },
    ("post", "/v1/payouts"): {
        "payout_id": "019a4c6e-8f00-7000-8000-000000000003",
        "seller_id": "anna",
        "amount": {"amount_minor": 8800, "currency": "EUR"},
        "status": "requested",
    },
}
