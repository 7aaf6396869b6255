CREATE TABLE accounts (
    account_id    text PRIMARY KEY,
    registered_at timestamptz NOT NULL,
    roles         text        NOT NULL DEFAULT '',
    factors       bigint      NOT NULL DEFAULT 0
);
CREATE TABLE restrictions (
    kind       text        NOT NULL,
    target_id  text        NOT NULL,
    number     bigint      NOT NULL,
    reason     text        NOT NULL,
    evidence   text        NOT NULL,
    until      timestamptz,
    imposed_by text        NOT NULL,
    imposed_at timestamptz NOT NULL,
    lifted_by  text,
    lifted_at  timestamptz,
    PRIMARY KEY (kind, target_id, number)
);
