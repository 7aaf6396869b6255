-- A batch with commands that rest on what somebody else has written loses those commands only.
-- Commands of a batch that rest on one another's events form a group: it stands or falls whole.
--   known              the position up to which the caller knows the log
--   r_streams, r_groups  every stream that a command has read or writes, with its group
--   ids .. c_groups    the commands that have events: id, body hash, answer, number of events, group
--   lookups            command ids of refused commands, to find their first answers if any
--   e_*                the events in order, with their groups
-- status: appended (all but the groups in `rejected`) | far (more has been written since `known`
-- than is told: forget every state). Only `appended` writes.
-- rejected: groups that have read what somebody else has written since `known`, that have a command
-- which has been answered before (its first answer is among the known_*), or an event whose version
-- exists: a stream wrongly taken for a new one. Those last ones are in `collided` too.
-- position is the head of the log afterwards; f_* are the events of others between `known` and
-- this batch, in order, so that the caller knows the log up to position. A stream's first event
-- comes without its state: nobody had a state of that stream to advance.
DROP FUNCTION append_batch(
    bigint, text[], text[], bytea[], bytea[], bigint[], text[], text[], bigint[], text[], bytea[]
);
DROP TYPE append_result;

CREATE TYPE append_result AS (
    status          text,
    position        bigint,
    rejected        bigint[],
    collided        bigint[],
    f_streams       text[],
    f_versions      bigint[],
    f_topics        text[],
    f_states        bytea[],
    known_ids       text[],
    known_hashes    bytea[],
    known_positions bigint[],
    known_answers   bytea[]
);

CREATE FUNCTION append_batch(
    known bigint, r_streams text[], r_groups bigint[],
    ids text[], hashes bytea[], answers bytea[], sizes bigint[], c_groups bigint[], lookups text[],
    e_streams text[], e_versions bigint[], e_topics text[], e_states bytea[], e_groups bigint[]
) RETURNS append_result LANGUAGE plpgsql AS $$
DECLARE
    told_max CONSTANT bigint := 5000;
    result append_result;
    head   bigint;
    added  bigint := cardinality(e_streams);
BEGIN
    IF added > 0 OR cardinality(ids) > 0 THEN
        SELECT position INTO head FROM log_head FOR UPDATE;
    ELSE
        SELECT position INTO head FROM log_head;
    END IF;
    result.status := 'appended';
    result.position := head;
    IF head - known > told_max THEN
        result.status := 'far';
        RETURN result;
    END IF;
    IF head <> known THEN
        SELECT array_agg(originator_id), array_agg(originator_version), array_agg(topic),
               array_agg(CASE WHEN originator_version > 1 THEN state END)
          INTO result.f_streams, result.f_versions, result.f_topics, result.f_states
          FROM (SELECT originator_id, originator_version, topic, state FROM stored_events
                 WHERE notification_id > known AND notification_id <= head
                 ORDER BY notification_id) AS foreign_events;
        SELECT array_agg(DISTINCT r.g) INTO result.rejected
          FROM unnest(r_streams, r_groups) AS r(s, g)
          JOIN (SELECT DISTINCT f.s FROM unnest(result.f_streams) AS f(s)) AS f USING (s);
    END IF;
    IF cardinality(lookups) > 0 OR cardinality(ids) > 0 THEN
        SELECT array_agg(command_id), array_agg(body_hash), array_agg(position), array_agg(answer)
          INTO result.known_ids, result.known_hashes, result.known_positions, result.known_answers
          FROM command_log WHERE command_id = ANY (lookups || ids);
        IF result.known_ids && ids THEN
            SELECT result.rejected || array_agg(DISTINCT c.g) INTO result.rejected
              FROM unnest(ids, c_groups) AS c(i, g) WHERE c.i = ANY (result.known_ids);
        END IF;
    END IF;
    LOOP
        BEGIN
            IF result.rejected IS NULL THEN
                INSERT INTO stored_events
                       (originator_id, originator_version, topic, state, notification_id)
                SELECT s, v, t, d, head + o
                  FROM unnest(e_streams, e_versions, e_topics, e_states)
                       WITH ORDINALITY AS e(s, v, t, d, o);
            ELSE
                INSERT INTO stored_events
                       (originator_id, originator_version, topic, state, notification_id)
                SELECT s, v, t, d, head + row_number() OVER (ORDER BY o)
                  FROM unnest(e_streams, e_versions, e_topics, e_states, e_groups)
                       WITH ORDINALITY AS e(s, v, t, d, g, o)
                 WHERE g <> ALL (result.rejected);
            END IF;
            GET DIAGNOSTICS added = ROW_COUNT;
            EXIT;
        EXCEPTION WHEN unique_violation THEN
            IF result.collided IS NOT NULL THEN
                RAISE;
            END IF;
            SELECT array_agg(DISTINCT e.g) INTO result.collided
              FROM unnest(e_streams, e_versions, e_groups) AS e(s, v, g)
              JOIN stored_events ON originator_id = e.s AND originator_version = e.v;
            IF result.collided IS NULL THEN
                RAISE; -- Twice in the batch itself: not what somebody else has written.
            END IF;
            result.rejected := result.rejected || result.collided;
        END;
    END LOOP;
    INSERT INTO command_log (command_id, body_hash, answer, position)
    SELECT i, h, a, head + sum(n) OVER (ORDER BY o)
      FROM unnest(ids, hashes, answers, sizes, c_groups) WITH ORDINALITY AS c(i, h, a, n, g, o)
     WHERE result.rejected IS NULL OR g <> ALL (result.rejected);
    IF added > 0 THEN
        UPDATE log_head SET position = head + added;
        PERFORM pg_notify('log', (head + added)::text);
        result.position := head + added;
    END IF;
    RETURN result;
END $$;
