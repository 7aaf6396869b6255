-- Who was invited to act for a seller: whoever owns that address, named by its keyed hash.
CREATE SCHEMA seller_invitations;
CREATE TABLE seller_invitations.invitation (
    invitation_id text PRIMARY KEY,
    seller_id     text        NOT NULL,
    member        text        NOT NULL,
    contact       text        NOT NULL,
    invited_by    text        NOT NULL,
    expires_at    timestamptz NOT NULL,
    used_by       text
);
