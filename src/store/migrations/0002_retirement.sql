-- Keys that are destroyed and CAs that are forgotten.
SELECT 1;
