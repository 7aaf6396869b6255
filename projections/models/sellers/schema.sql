CREATE TABLE sellers (
    seller_id      text PRIMARY KEY,
    name           text   NOT NULL,
    currency       text   NOT NULL,
    status         text   NOT NULL,
    blocked        bigint NOT NULL DEFAULT 0,
    verified       bigint NOT NULL DEFAULT 0,
    held_minor     bigint NOT NULL DEFAULT 0,
    balance_minor  bigint NOT NULL DEFAULT 0,
    debt_minor     bigint NOT NULL DEFAULT 0,
    earned_minor   bigint NOT NULL DEFAULT 0,
    paid_out_minor bigint NOT NULL DEFAULT 0,
    pending_minor  bigint NOT NULL DEFAULT 0,
    version        bigint NOT NULL
);
