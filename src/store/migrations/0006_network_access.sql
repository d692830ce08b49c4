-- TLS inspection: certificates, policies, rules.
SELECT 1;
