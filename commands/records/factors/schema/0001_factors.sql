-- What second factors are checked by: seeds, sealed under their account's key, and hashes of
-- recovery codes. `last_step` is the last step of time whose code was shown: each is good for once.
CREATE SCHEMA factors;
CREATE TABLE factors.factor (
    factor_id    text PRIMARY KEY,
    account_id   text        NOT NULL,
    kind         text        NOT NULL,
    seed         text,
    last_step    bigint      NOT NULL DEFAULT 0,
    made_at      timestamptz NOT NULL,
    confirmed_at timestamptz
);
CREATE INDEX factor_account_idx ON factors.factor (account_id);
CREATE TABLE factors.recovery_code (
    account_id text  NOT NULL,
    code_hash  bytea NOT NULL,
    factor_id  text  NOT NULL REFERENCES factors.factor ON DELETE CASCADE,
    PRIMARY KEY (account_id, code_hash)
);
