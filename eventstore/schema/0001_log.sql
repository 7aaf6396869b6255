-- The log: the eventsourcing library's table with text stream ids. Positions (notification_id)
-- are handed out by append_batch under the row lock on log_head, never by a sequence, so that
-- position n is the n-th event and commit order is position order.
CREATE TABLE stored_events (
    originator_id      text   NOT NULL,
    originator_version bigint NOT NULL,
    topic              text   NOT NULL,
    state              bytea  NOT NULL,
    notification_id    bigint NOT NULL,
    PRIMARY KEY (originator_id, originator_version)
) WITH (autovacuum_analyze_scale_factor = 0.01, autovacuum_vacuum_scale_factor = 0.5);
CREATE UNIQUE INDEX stored_events_notification_id_idx ON stored_events (notification_id);

CREATE TABLE log_head (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    position bigint  NOT NULL
) WITH (fillfactor = 10);
INSERT INTO log_head (position) VALUES (0);

-- First answers, by command id: what makes a repeated command harmless.
CREATE TABLE command_log (
    command_id text   PRIMARY KEY,
    body_hash  bytea  NOT NULL,
    position   bigint NOT NULL,
    answer     bytea  NOT NULL
);

CREATE TYPE append_result AS (
    status          text,
    position        bigint,
    foreign_streams text[],
    known_ids       text[],
    known_hashes    bytea[],
    known_positions bigint[],
    known_answers   bytea[]
);
