-- The turn that a job has last done, and what became of it. One that is new begins with its next.
CREATE TABLE job_turn (
    job         text PRIMARY KEY,
    turn        timestamptz NOT NULL,
    finished_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    said        text        NOT NULL DEFAULT '',
    problem     text,
    retry_at    timestamptz,
    wanted      boolean     NOT NULL DEFAULT false
);

-- What was answered long ago is found without reading the rest.
CREATE INDEX webhook_inbox_kept_idx ON webhook_inbox (translated_at) WHERE body <> '';
