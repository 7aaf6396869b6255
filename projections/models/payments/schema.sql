CREATE TABLE payments (
    payment_id       text PRIMARY KEY,
    order_id         text        NOT NULL,
    provider         text        NOT NULL,
    method           text        NOT NULL,
    amount_minor     bigint      NOT NULL,
    currency         text        NOT NULL,
    status           text        NOT NULL,
    charge_reference text,
    reason           text,
    started_at       timestamptz NOT NULL,
    ended_at         timestamptz,
    position         bigint      NOT NULL
);
CREATE INDEX payments_by_order_idx ON payments (order_id);
