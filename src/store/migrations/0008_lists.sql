-- Pages of all the leaf certificates of a tenant, as certificates_page serves those of one CA.
CREATE INDEX certificates_tenant_page ON certificates (tenant_id, kind, created_at, id);

-- What ends when, of a CA and of the tenant.
DROP INDEX certificates_end;
CREATE INDEX certificates_end ON certificates (ca_id, kind, not_after, id);
CREATE INDEX certificates_tenant_end ON certificates (tenant_id, kind, not_after, id);

-- The few that are revoked, in the order of pages; issuing writes nothing here.
CREATE INDEX certificates_revoked ON certificates (tenant_id, kind, created_at, id)
    WHERE revoked_at <> 0;
