-- Trust stores: PKIs, the CAs in them, and the uploads that are under way. What is deleted stays,
-- marked, until it is purged.

CREATE TABLE pkis (
    id {text} PRIMARY KEY,
    tenant_id {text} NOT NULL,
    display_name {text} NOT NULL,
    status {text},
    status_details {text},
    created_at {int} NOT NULL,
    modified_at {int} NOT NULL,
    deleted_at {int} NOT NULL,
    is_deleted {int} NOT NULL
) {strict};

CREATE INDEX pkis_page ON pkis (tenant_id, is_deleted, created_at, id);
CREATE INDEX pkis_end ON pkis (deleted_at) WHERE is_deleted = 1;

CREATE TABLE trusted_cas (
    id {text} PRIMARY KEY,
    tenant_id {text} NOT NULL,
    pki_id {text} NOT NULL REFERENCES pkis (id),
    certificate {blob} NOT NULL,
    type {int} NOT NULL,
    display_name {text} NOT NULL,
    issuer {text} NOT NULL,
    key_identifier {text},
    thumbprint {text} NOT NULL,
    expires_at {int} NOT NULL,
    crl_url {text},
    delta_crl_url {text},
    is_issuer_hint {int} NOT NULL,
    created_at {int} NOT NULL,
    deleted_at {int} NOT NULL,
    is_deleted {int} NOT NULL,
    is_deleted_with_pki {int} NOT NULL,
    upload_id {text} NOT NULL,
    revision {int} NOT NULL
) {strict};

-- A PKI holds a certificate once; a deleted one does not count.
CREATE UNIQUE INDEX trusted_cas_once ON trusted_cas (pki_id, thumbprint) WHERE is_deleted = 0;
CREATE INDEX trusted_cas_page ON trusted_cas (pki_id, is_deleted, created_at, id);
CREATE INDEX trusted_cas_deleted ON trusted_cas (tenant_id, is_deleted, created_at, id);
CREATE INDEX trusted_cas_end ON trusted_cas (deleted_at) WHERE is_deleted = 1;

-- A row is an upload that has not ended. Who works on it holds it until held_until.
CREATE TABLE pki_uploads (
    id {text} PRIMARY KEY,
    tenant_id {text} NOT NULL,
    pki_id {text} NOT NULL UNIQUE REFERENCES pkis (id),
    url {text} NOT NULL,
    sha256 {blob} NOT NULL,
    actor {text} NOT NULL,
    request_id {text},
    created_at {int} NOT NULL,
    holder {text} NOT NULL,
    held_until {int} NOT NULL
) {strict};
