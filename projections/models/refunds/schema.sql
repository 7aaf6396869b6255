CREATE TABLE refunds (
    refund_id    text PRIMARY KEY,
    order_id     text        NOT NULL,
    amount_minor bigint      NOT NULL,
    currency     text        NOT NULL,
    status       text        NOT NULL,
    reason       text        NOT NULL,
    settled_minor bigint     NOT NULL DEFAULT 0,
    requested_at timestamptz NOT NULL,
    ended_at     timestamptz,
    position     bigint      NOT NULL,
    lines        text        NOT NULL
);
CREATE INDEX refunds_by_order_idx ON refunds (order_id);
