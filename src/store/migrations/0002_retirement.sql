-- Keys that are destroyed and CAs that are forgotten. A version or certificate whose key is
-- destroyed has '' for its key_id.

-- The certificates whose keys are ours, by their end: few of many.
CREATE INDEX certificates_of_keys ON certificates (not_after) WHERE key_id <> '';

-- What has ended leaves without a walk over all that is listed.
CREATE INDEX revocations_end ON revocations (ca_id, not_after);
