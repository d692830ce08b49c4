-- Subscriptions to outside PKIs. A client may choose the id, so each tenant has its own.

CREATE TABLE subscriptions (
    id {text} NOT NULL,
    tenant_id {text} NOT NULL,
    provider {int} NOT NULL,
    display_name {text} NOT NULL,
    description {text},
    credentials_sealed {blob} NOT NULL,
    trusted_root {blob},
    sync_status {int} NOT NULL,
    last_sync_error {text},
    last_sync_at {int} NOT NULL,
    revision {int} NOT NULL,
    created_at {int} NOT NULL,
    modified_at {int} NOT NULL,
    PRIMARY KEY (tenant_id, id)
) {strict};

CREATE INDEX subscriptions_page ON subscriptions (tenant_id, created_at, id);

-- A tenant is a row of a tenant's too: its own.

ALTER TABLE tenants ADD COLUMN tenant_id {text} NOT NULL DEFAULT '';
UPDATE tenants SET tenant_id = id;

-- The classic store of trusted CAs: one object per tenant, whose id is the same for all.

CREATE TABLE classic_stores (
    id {text} NOT NULL,
    tenant_id {text} NOT NULL,
    certificate_authorities {text} NOT NULL,
    created_at {int} NOT NULL,
    PRIMARY KEY (tenant_id, id)
) {strict};

-- How certificates are used to sign in; a tenant without a row has the defaults.

CREATE TABLE x509_methods (
    id {text} NOT NULL,
    tenant_id {text} NOT NULL,
    excluded {text} NOT NULL,
    state {int} NOT NULL,
    modes {text} NOT NULL,
    scopes {text} NOT NULL,
    bindings {text} NOT NULL,
    crl_check {text} NOT NULL,
    hints {text} NOT NULL,
    included {text} NOT NULL,
    revision {int} NOT NULL,
    created_at {int} NOT NULL,
    modified_at {int} NOT NULL,
    PRIMARY KEY (tenant_id, id)
) {strict};

-- Users, and the texts that certificates are bound to them by. A name and such a text are one
-- user's only, however they are spelled.

CREATE TABLE users (
    id {text} PRIMARY KEY,
    tenant_id {text} NOT NULL,
    is_enabled {int} NOT NULL,
    certificate_user_ids {text} NOT NULL,
    display_name {text} NOT NULL,
    mail {text},
    on_premises_name {text},
    principal_name {text} NOT NULL,
    principal_name_folded {text} NOT NULL,
    revision {int} NOT NULL,
    created_at {int} NOT NULL
) {strict};

CREATE UNIQUE INDEX users_name ON users (tenant_id, principal_name_folded);
CREATE INDEX users_page ON users (tenant_id, created_at, id);

CREATE TABLE certificate_user_ids (
    tenant_id {text} NOT NULL,
    value_folded {text} NOT NULL,
    user_id {text} NOT NULL,
    PRIMARY KEY (tenant_id, value_folded)
) {strict};

CREATE INDEX certificate_user_ids_user ON certificate_user_ids (user_id);

CREATE TABLE directory_groups (
    id {text} PRIMARY KEY,
    tenant_id {text} NOT NULL,
    description {text},
    display_name {text} NOT NULL,
    mail_nickname {text},
    is_mail_enabled {int} NOT NULL,
    is_security_enabled {int} NOT NULL,
    revision {int} NOT NULL,
    created_at {int} NOT NULL
) {strict};

CREATE INDEX directory_groups_page ON directory_groups (tenant_id, created_at, id);

-- id is the user's.
CREATE TABLE group_members (
    group_id {text} NOT NULL REFERENCES directory_groups (id),
    id {text} NOT NULL REFERENCES users (id),
    tenant_id {text} NOT NULL,
    created_at {int} NOT NULL,
    PRIMARY KEY (group_id, id)
) {strict};

CREATE INDEX group_members_page ON group_members (group_id, created_at, id);
CREATE INDEX group_members_user ON group_members (id);
