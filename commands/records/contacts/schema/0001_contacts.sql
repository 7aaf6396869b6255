-- Addresses of persons. The log names them by contact_id; `name` is their keyed hash, under which
-- one is found and claimed. A row alone claims nothing: until the log says so, it is what somebody
-- has typed.
CREATE SCHEMA contacts;
CREATE TABLE contacts.contact (
    contact_id text PRIMARY KEY,
    account_id text        NOT NULL,
    channel    text        NOT NULL,
    name       text        NOT NULL,
    address    text        NOT NULL,
    made_at    timestamptz NOT NULL
);
CREATE INDEX contact_account_idx ON contacts.contact (account_id);
