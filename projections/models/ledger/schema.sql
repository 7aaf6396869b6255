CREATE TABLE entries (
    position     bigint      NOT NULL,
    entry        integer     NOT NULL,
    account      text        NOT NULL,
    account_group text       NOT NULL,
    amount_minor bigint      NOT NULL,
    currency     text        NOT NULL,
    name         text        NOT NULL,
    stream       text        NOT NULL,
    occurred_at  timestamptz NOT NULL,
    recorded_at  timestamptz NOT NULL,
    PRIMARY KEY (position, entry)
);
CREATE INDEX entries_by_account_idx ON entries (account, position);
CREATE INDEX entries_by_group_idx ON entries (account_group, position);

CREATE TABLE balances (
    account       text   NOT NULL,
    account_group text   NOT NULL,
    currency      text   NOT NULL,
    balance_minor bigint NOT NULL,
    PRIMARY KEY (account, currency)
);
CREATE INDEX balances_by_group_idx ON balances (account_group, currency);
