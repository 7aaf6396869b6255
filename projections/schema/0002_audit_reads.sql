-- Who has read the audit trail, the books or the past, written before the answer is given.
CREATE TABLE projection.audit_read (
    read_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    read_at  timestamptz NOT NULL,
    reader   text        NOT NULL,
    path     text        NOT NULL,
    query    text        NOT NULL
);
CREATE INDEX audit_read_by_reader_idx ON projection.audit_read (reader, read_id);
