-- Who somebody is at a provider. The log names it by identity_id; `name` is the keyed hash of
-- issuer and subject, under which one is claimed. A row alone claims nothing.
CREATE SCHEMA identities;
CREATE TABLE identities.identity (
    identity_id text PRIMARY KEY,
    account_id  text        NOT NULL,
    provider    text        NOT NULL,
    issuer      text        NOT NULL,
    subject     text        NOT NULL,
    name        text        NOT NULL,
    made_at     timestamptz NOT NULL
);
CREATE INDEX identity_account_idx ON identities.identity (account_id);
-- Somebody who was sent to a provider. What comes back with them is derived from a key and the
-- ceremony's id. `account_id` is who links it, "" for who signs in.
CREATE TABLE identities.ceremony (
    ceremony_id  text PRIMARY KEY,
    provider     text        NOT NULL,
    redirect_uri text        NOT NULL,
    account_id   text        NOT NULL,
    surface      text        NOT NULL,
    seller_id    text        NOT NULL,
    expires_at   timestamptz NOT NULL,
    used_at      timestamptz
);
CREATE INDEX ceremony_expires_idx ON identities.ceremony (expires_at);
-- Identities that wait for the code to an address that their provider does not vouch for.
CREATE TABLE identities.waiting (
    challenge_id text PRIMARY KEY,
    account_id   text        NOT NULL,
    provider     text        NOT NULL,
    issuer       text        NOT NULL,
    subject      text        NOT NULL,
    expires_at   timestamptz NOT NULL
);
CREATE INDEX waiting_expires_idx ON identities.waiting (expires_at);
