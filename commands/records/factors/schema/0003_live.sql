-- Factors that the log has not removed: a row that was left by a call which broke off is none.
CREATE VIEW factors.live AS
SELECT factor_id, account_id, kind, seed, last_step, made_at, confirmed_at
FROM factors.factor AS factor
WHERE NOT EXISTS (
    SELECT FROM stored_events
    WHERE originator_id = 'account-' || factor.account_id
      AND topic = 'account.factor_removed.v1'
      AND convert_from(state, 'UTF8')::jsonb -> 'data' ->> 'factor_id' = factor.factor_id
);
