-- Followed by every process of the APIs, five times a second: only its own events are in it.
CREATE INDEX stored_events_session_ended_idx ON stored_events (notification_id)
    WHERE topic = 'session.ended.v1';
