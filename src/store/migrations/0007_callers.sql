-- Registered applications, outside issuers, token keys.
SELECT 1;
