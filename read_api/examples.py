"""What the examples of several topics share."""

AT = "2026-05-04T12:00:00Z"
ORDER_ID = "019a4c6e-7d1b-7c3e-9f6a-3b2f1e0d9c8b"
LISTING = {
    "listing_id": "teapot",
    "seller_id": "anna",
    "title": "Blue teapot",
    "category": "kitchen",
    "price_minor": 4500,
    "currency": "EUR",
    "status": "active",
}
