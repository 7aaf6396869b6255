-- A contact that another took the place of: until when its owner may have it back, and whose it is.
CREATE TABLE contacts.change (
    change_id  text PRIMARY KEY,
    account_id text        NOT NULL,
    made_at    timestamptz NOT NULL,
    undo_until timestamptz NOT NULL
);
CREATE INDEX change_account_idx ON contacts.change (account_id);
