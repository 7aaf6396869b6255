-- Append a batch of commands, or nothing. One call, one round trip, one commit.
--   known            the position up to which the caller knows the log
--   streams          every stream that a command of the batch has read or writes
--   ids .. offsets   the commands: id, body hash, answer, events of the batch up to and with it
--   lookups          command ids of refused commands, to find their first answers if any
--   e_*              the events in order
-- status: appended | conflict (a stream of the batch was written by someone else since `known`,
-- or an event's version exists) | repeated (a command id has been answered before).
-- In every case foreign_streams names what others have written since `known`, and position is
-- the head of the log, so the caller knows the log up to there.
CREATE FUNCTION append_batch(
    known bigint, streams text[],
    ids text[], hashes bytea[], answers bytea[], offsets bigint[], lookups text[],
    e_streams text[], e_versions bigint[], e_topics text[], e_states bytea[]
) RETURNS append_result LANGUAGE plpgsql AS $$
DECLARE
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
    IF head <> known THEN
        SELECT array_agg(DISTINCT originator_id) INTO result.foreign_streams
          FROM stored_events WHERE notification_id > known;
        IF result.foreign_streams && streams THEN
            result.status := 'conflict';
        END IF;
    END IF;
    IF cardinality(lookups) > 0 OR cardinality(ids) > 0 THEN
        SELECT array_agg(command_id), array_agg(body_hash), array_agg(position), array_agg(answer)
          INTO result.known_ids, result.known_hashes, result.known_positions, result.known_answers
          FROM command_log WHERE command_id = ANY (lookups || ids);
        IF result.known_ids && ids THEN
            result.status := 'repeated';
        END IF;
    END IF;
    IF result.status <> 'appended' THEN
        RETURN result;
    END IF;
    BEGIN
        INSERT INTO stored_events (originator_id, originator_version, topic, state, notification_id)
        SELECT s, v, t, d, head + o
          FROM unnest(e_streams, e_versions, e_topics, e_states) WITH ORDINALITY AS e(s, v, t, d, o);
    EXCEPTION WHEN unique_violation THEN
        result.status := 'conflict';
        RETURN result;
    END;
    INSERT INTO command_log (command_id, body_hash, answer, position)
    SELECT i, h, a, head + o FROM unnest(ids, hashes, answers, offsets) AS c(i, h, a, o);
    IF added > 0 THEN
        UPDATE log_head SET position = head + added;
        PERFORM pg_notify('log', (head + added)::text);
        result.position := head + added;
    END IF;
    RETURN result;
END $$;
