CREATE TABLE orders (
    order_id         text PRIMARY KEY,
    buyer_id         text        NOT NULL,
    status           text        NOT NULL,
    currency         text        NOT NULL,
    total_minor      bigint      NOT NULL,
    captured_minor   bigint      NOT NULL DEFAULT 0,
    difference_minor bigint      NOT NULL DEFAULT 0,
    refunded_minor   bigint      NOT NULL DEFAULT 0,
    quote_id         text        NOT NULL,
    placed_at        timestamptz NOT NULL,
    payment_due_at   timestamptz NOT NULL,
    cancel_reason    text,
    position         bigint      NOT NULL,
    version          bigint      NOT NULL
);
CREATE INDEX orders_by_buyer_idx ON orders (buyer_id, position DESC);
CREATE INDEX orders_by_position_idx ON orders (position DESC);

CREATE TABLE order_lines (
    order_id             text    NOT NULL,
    line_id              integer NOT NULL,
    listing_id           text    NOT NULL,
    seller_id            text    NOT NULL,
    title                text    NOT NULL,
    category             text    NOT NULL,
    quantity             integer NOT NULL,
    unit_price_minor     bigint  NOT NULL,
    shipping_minor       bigint  NOT NULL,
    commission_minor     bigint  NOT NULL,
    commission_vat_minor bigint  NOT NULL,
    PRIMARY KEY (order_id, line_id)
);

CREATE TABLE order_parts (
    order_id        text NOT NULL,
    seller_id       text NOT NULL,
    status          text NOT NULL,
    carrier         text,
    tracking_number text,
    handed_over_at  timestamptz,
    delivered_at    timestamptz,
    release_due_at  timestamptz,
    confirmed_at    timestamptz,
    completed_at    timestamptz,
    position        bigint NOT NULL,
    PRIMARY KEY (order_id, seller_id)
);
CREATE INDEX order_parts_by_seller_idx ON order_parts (seller_id, position DESC);

CREATE TABLE order_timeline (
    order_id    text        NOT NULL,
    position    bigint      NOT NULL,
    name        text        NOT NULL,
    seller_id   text,
    amount_minor bigint,
    actor       text        NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (order_id, position)
);
