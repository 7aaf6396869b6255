-- A hash an account. `credentials` counts the passwords it has had, as the account's stream does.
CREATE SCHEMA passwords;
CREATE TABLE passwords.password (
    account_id  text PRIMARY KEY,
    hash        text        NOT NULL,
    credentials bigint      NOT NULL DEFAULT 1,
    made_at     timestamptz NOT NULL
);
