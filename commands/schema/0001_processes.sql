-- What the process managers remember, and what they still owe to the outside. All of it can be
-- derived from the log again.
CREATE TABLE process_checkpoint (
    name     text PRIMARY KEY,
    position bigint NOT NULL
);

CREATE TABLE process_state (
    process  text  NOT NULL,
    instance text  NOT NULL,
    state    bytea NOT NULL,
    PRIMARY KEY (process, instance)
);

-- A deadline that is over (done) stays over, whichever of its events arrives first.
CREATE TABLE deadline (
    process  text        NOT NULL,
    instance text        NOT NULL,
    due_at   timestamptz,
    command  bytea,
    done     boolean     NOT NULL DEFAULT false,
    PRIMARY KEY (process, instance)
);
CREATE INDEX deadline_due_idx ON deadline (due_at) WHERE NOT done;

-- Calls to providers whose outcome is not in the log yet. Redis only carries the work.
CREATE TABLE provider_call (
    call_id         text PRIMARY KEY,
    call            bytea       NOT NULL,
    done            boolean     NOT NULL DEFAULT false,
    attempts        integer     NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL
);
CREATE INDEX provider_call_due_idx ON provider_call (next_attempt_at) WHERE NOT done;

-- Deliveries as they came. Translated after the answer; a duplicate is not stored again.
CREATE TABLE webhook_inbox (
    provider      text        NOT NULL,
    external_id   text        NOT NULL,
    received_at   timestamptz NOT NULL,
    body          bytea       NOT NULL,
    attempts      integer     NOT NULL DEFAULT 0,
    translated_at timestamptz,
    problem       text,
    PRIMARY KEY (provider, external_id)
);
CREATE INDEX webhook_inbox_open_idx ON webhook_inbox (received_at) WHERE translated_at IS NULL;
