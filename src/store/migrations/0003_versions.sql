-- Renewal, staged versions, holds.
SELECT 1;
