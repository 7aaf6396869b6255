-- Whose a wait is that a letter's token stops. What became of it the log says.
CREATE SCHEMA recoveries;
CREATE TABLE recoveries.recovery (
    recovery_id text PRIMARY KEY,
    account_id  text        NOT NULL,
    made_at     timestamptz NOT NULL
);
CREATE INDEX recovery_account_idx ON recoveries.recovery (account_id);
