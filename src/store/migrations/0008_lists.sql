-- Indexes that lists page by.
SELECT 1;
