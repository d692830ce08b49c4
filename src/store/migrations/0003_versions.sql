-- Renewal and staged versions: a number is never given out twice, even when its version is gone.
ALTER TABLE cas ADD COLUMN last_version {int} NOT NULL DEFAULT 1;

-- 0: the version that is active when the request is decided.
ALTER TABLE enrolments ADD COLUMN version {int} NOT NULL DEFAULT 0;

-- Holds: what was released stays, with reason removeFromCRL, for the delta lists to say. A hold
-- that becomes final keeps its date, so deltas go by the time of the last change.
ALTER TABLE revocations ADD COLUMN changed_at {int} NOT NULL DEFAULT 0;
UPDATE revocations SET changed_at = revoked_at;
DROP INDEX revocations_since;
CREATE INDEX revocations_since ON revocations (ca_id, changed_at);
