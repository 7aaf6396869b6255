-- What an account may become by showing a token, once. Only the token's hash is kept.
CREATE SCHEMA invitations;
CREATE TABLE invitations.invitation (
    token_hash bytea PRIMARY KEY,
    role       text        NOT NULL,
    expires_at timestamptz NOT NULL,
    used_by    text
);
