-- What passkeys are checked by. Nobody is let in by a public key; it says whose it is, no more.
CREATE TABLE factors.passkey (
    credential_id bytea PRIMARY KEY,
    factor_id     text   NOT NULL REFERENCES factors.factor ON DELETE CASCADE,
    public_key    bytea  NOT NULL,
    sign_count    bigint NOT NULL,
    name          text   NOT NULL,
    used_at       timestamptz
);
CREATE INDEX passkey_factor_idx ON factors.passkey (factor_id);
