-- Who acts for a seller; `member` is nothing for who does no more.
CREATE TABLE members (
    seller_id  text   NOT NULL,
    account_id text   NOT NULL,
    member     text,
    since      timestamptz,
    changes    bigint NOT NULL,
    PRIMARY KEY (seller_id, account_id)
);
CREATE TABLE invitations (
    invitation_id text PRIMARY KEY,
    seller_id     text        NOT NULL,
    member        text        NOT NULL,
    invited_by    text        NOT NULL,
    invited_at    timestamptz NOT NULL
);
