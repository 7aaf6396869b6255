-- A key for each person whose data the log holds sealed. Without its key a text is noise for ever:
-- to forget a person is to forget the key.
CREATE SCHEMA subject_keys;
CREATE TABLE subject_keys.subject_key (
    key_id    text PRIMARY KEY,
    subject   text        NOT NULL,
    wrapped   bytea,
    master    text        NOT NULL,
    made_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    erased_at timestamptz
);
CREATE UNIQUE INDEX subject_key_live_idx ON subject_keys.subject_key (subject)
    WHERE erased_at IS NULL;
CREATE INDEX subject_key_master_idx ON subject_keys.subject_key (master) WHERE wrapped IS NOT NULL;
