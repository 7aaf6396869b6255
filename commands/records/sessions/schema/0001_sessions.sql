-- What a session is refreshed by: the hash of its current token. Each token's successor is derived
-- from it, so an older one is known by where it leads. `recent` says when the last tokens were
-- spent, the newest first; `factor_at` when a second factor was last shown. That a session has ended stands in the log.
CREATE SCHEMA sessions;
CREATE TABLE sessions.session (
    session_id     text PRIMARY KEY,
    account_id     text          NOT NULL,
    device_id      text          NOT NULL,
    surface        text          NOT NULL,
    seller_id      text          NOT NULL,
    token_hash     bytea         NOT NULL,
    rotations      bigint        NOT NULL DEFAULT 0,
    recent         timestamptz[] NOT NULL DEFAULT '{}',
    idle_s         int           NOT NULL,
    factor_at      timestamptz,
    started_at     timestamptz   NOT NULL,
    idle_until     timestamptz   NOT NULL,
    absolute_until timestamptz   NOT NULL,
    ended_at       timestamptz
);
CREATE INDEX session_account_idx ON sessions.session (account_id) WHERE ended_at IS NULL;
CREATE INDEX session_until_idx ON sessions.session (absolute_until);
