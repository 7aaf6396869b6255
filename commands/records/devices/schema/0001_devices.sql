-- Devices that a second factor was shown on: a password alone does there, and nowhere else.
CREATE SCHEMA devices;
CREATE TABLE devices.device (
    device_id  text PRIMARY KEY,
    account_id text        NOT NULL,
    token_hash bytea       NOT NULL,
    made_at    timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL
);
CREATE INDEX device_account_idx ON devices.device (account_id);
