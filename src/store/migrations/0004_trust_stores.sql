-- PKIs, their certificate authorities, upload jobs, deleted items.
SELECT 1;
