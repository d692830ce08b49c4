-- Subscriptions, the classic trust store, the X.509 method policy, users and groups.
SELECT 1;
