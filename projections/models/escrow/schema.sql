CREATE TABLE escrow_balances (
    order_id       text   NOT NULL,
    seller_id      text   NOT NULL,
    currency       text   NOT NULL,
    held_minor     bigint NOT NULL CHECK (held_minor >= 0),
    funded_minor   bigint NOT NULL,
    released_minor bigint NOT NULL DEFAULT 0,
    returned_minor bigint NOT NULL DEFAULT 0,
    charged_back_minor bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (order_id, seller_id)
);
