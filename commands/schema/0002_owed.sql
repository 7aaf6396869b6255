-- Calls owed to the outside, keyed by what they are: two calls never share a row, whatever ids
-- clients choose. `parked` waits for a person, `problem` says why it is not done yet.
CREATE TABLE owed (
    port            text        NOT NULL,
    kind            text        NOT NULL,
    provider        text        NOT NULL,
    subject         text        NOT NULL,
    payload         bytea       NOT NULL,
    state           text        NOT NULL DEFAULT 'owed' CHECK (state IN ('owed', 'done', 'parked')),
    attempts        integer     NOT NULL DEFAULT 0,
    unclear         integer     NOT NULL DEFAULT 0,
    sweeps          integer     NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    problem         text,
    PRIMARY KEY (port, kind, provider, subject)
);
CREATE INDEX owed_due_idx ON owed (next_attempt_at) WHERE state = 'owed';
CREATE INDEX owed_silent_idx ON owed (next_attempt_at) WHERE state = 'done' AND sweeps < 3;

-- An outcome ends the call of its kind and subject, whoever the provider is.
CREATE INDEX owed_subject_idx ON owed (port, kind, subject);

-- What was done long ago is not looked up all at once.
INSERT INTO owed (port, kind, provider, subject, payload, state, attempts, next_attempt_at, sweeps)
SELECT 'payments', call ->> 'kind', call ->> 'provider', call ->> 'key', payload,
       CASE WHEN done THEN 'done' ELSE 'owed' END, attempts, next_attempt_at,
       CASE WHEN done THEN 3 ELSE 0 END
FROM (SELECT convert_from(provider_call.call, 'UTF8')::json AS call, provider_call.call AS payload,
             done, attempts, next_attempt_at
      FROM provider_call WHERE provider_call.call <> '') AS old;
DROP TABLE provider_call;

-- A deadline that fired and was refused may be set again; one that is over may not. One that
-- cannot be fired for a fault of its own is tried again after a pause and holds up no other.
ALTER TABLE deadline
    ADD COLUMN refused boolean NOT NULL DEFAULT false,
    ADD COLUMN retry_at timestamptz;
-- A turn that had nothing to pay out may come again; one that paid answers what it answered.
UPDATE deadline SET refused = true WHERE done AND process = 'pay-out-on-schedule';
-- Parcels that are on their way to their release get the second deadline, at the default hold.
INSERT INTO deadline (process, instance, due_at, command)
SELECT process, instance || '/~last', due_at + interval '14 days',
       convert_to(jsonb_set(convert_from(command, 'UTF8')::jsonb,
                            '{command,despite_refunds}', 'true')::text, 'UTF8')
FROM deadline
WHERE process = 'release-escrow-after-acceptance' AND NOT done AND command IS NOT NULL
ON CONFLICT DO NOTHING;

-- A delivery is tried until it is answered or parked.
ALTER TABLE webhook_inbox
    ADD COLUMN next_attempt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ADD COLUMN unclear integer NOT NULL DEFAULT 0,
    ADD COLUMN parked boolean NOT NULL DEFAULT false;
DROP INDEX webhook_inbox_open_idx;
CREATE INDEX webhook_inbox_open_idx ON webhook_inbox (next_attempt_at)
    WHERE translated_at IS NULL AND NOT parked;
CREATE INDEX webhook_inbox_parked_idx ON webhook_inbox (received_at) WHERE parked;
