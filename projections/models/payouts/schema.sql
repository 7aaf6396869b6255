CREATE TABLE payouts (
    payout_id          text PRIMARY KEY,
    seller_id          text        NOT NULL,
    provider           text        NOT NULL,
    amount_minor       bigint      NOT NULL,
    currency           text        NOT NULL,
    status             text        NOT NULL,
    provider_reference text,
    reason             text,
    requested_at       timestamptz NOT NULL,
    ended_at           timestamptz,
    position           bigint      NOT NULL
);
CREATE INDEX payouts_by_seller_idx ON payouts (seller_id, position DESC);
