-- Keys of sellers' programs, by the hash of what was shown once. `name` is what a person calls one.
CREATE SCHEMA api_keys;
CREATE TABLE api_keys.api_key (
    key_id       text PRIMARY KEY,
    key_hash     bytea       NOT NULL UNIQUE,
    hint         text        NOT NULL,
    seller_id    text        NOT NULL,
    account_id   text        NOT NULL,
    member       text        NOT NULL,
    name         text        NOT NULL,
    permissions  text[]      NOT NULL,
    made_at      timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    last_used_at timestamptz,
    ended_at     timestamptz
);
CREATE INDEX api_key_seller_idx ON api_keys.api_key (seller_id);
CREATE INDEX api_key_account_idx ON api_keys.api_key (account_id);
