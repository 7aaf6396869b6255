-- Codes that were sent to a contact, without the codes: those are derived from a key, the id and
-- how often one was sent. `real` is false where there is nobody to sign in: no code will do.
-- `credentials` is which of the account's passwords was shown before.
-- `origin` is a keyed hash of where it was asked from.
-- `contact` is the address's keyed hash, under which it is counted how often it is written to.
CREATE SCHEMA challenges;
CREATE TABLE challenges.challenge (
    challenge_id text PRIMARY KEY,
    purpose      text        NOT NULL,
    account_id   text        NOT NULL,
    contact_id   text        NOT NULL,
    contact      text        NOT NULL,
    origin       text        NOT NULL,
    credentials  bigint      NOT NULL,
    surface      text        NOT NULL,
    seller_id    text        NOT NULL,
    "real"       boolean     NOT NULL,
    sent         int         NOT NULL DEFAULT 1,
    attempts     int         NOT NULL DEFAULT 0,
    sent_at      timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    used_at      timestamptz
);
CREATE INDEX challenge_contact_idx ON challenges.challenge (contact, sent_at);
CREATE INDEX challenge_account_idx ON challenges.challenge (account_id);
CREATE INDEX challenge_expires_idx ON challenges.challenge (expires_at);
