CREATE TABLE sessions (
    session_id text PRIMARY KEY,
    account_id text        NOT NULL,
    surface    text        NOT NULL,
    seller_id  text        NOT NULL,
    method     text        NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at   timestamptz,
    reason     text
);
CREATE INDEX sessions_by_account_idx ON sessions (account_id, started_at);
