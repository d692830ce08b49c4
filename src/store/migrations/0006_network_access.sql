-- TLS inspection: certificates, policies, rules.

CREATE TABLE inspection_cas (
    id {text} PRIMARY KEY,
    tenant_id {text} NOT NULL,
    name {text} NOT NULL,
    common_name {text} NOT NULL,
    organization_name {text} NOT NULL,
    not_before {int} NOT NULL,
    not_after {int} NOT NULL,
    status {int} NOT NULL,
    csr {text} NOT NULL,
    certificate {text},
    chain {text},
    key_id {text} NOT NULL,
    issuer_id {text} NOT NULL,
    issued_id {text} NOT NULL,
    revision {int} NOT NULL,
    created_at {int} NOT NULL,
    modified_at {int} NOT NULL
) {strict};

CREATE INDEX inspection_cas_page ON inspection_cas (tenant_id, created_at, id);

-- One is enabled, expiring or not.
CREATE UNIQUE INDEX inspection_cas_enabled ON inspection_cas (tenant_id) WHERE status IN (5, 7);

-- A name is never free again.
CREATE TABLE inspection_names (
    tenant_id {text} NOT NULL,
    name_folded {text} NOT NULL,
    taken_at {int} NOT NULL,
    PRIMARY KEY (tenant_id, name_folded)
) {strict};

CREATE TABLE tls_policies (
    id {text} PRIMARY KEY,
    tenant_id {text} NOT NULL,
    name {text} NOT NULL,
    description {text},
    default_action {int} NOT NULL,
    revision {int} NOT NULL,
    created_at {int} NOT NULL,
    modified_at {int} NOT NULL
) {strict};

CREATE INDEX tls_policies_page ON tls_policies (tenant_id, created_at, id);

CREATE TABLE tls_rules (
    id {text} PRIMARY KEY,
    tenant_id {text} NOT NULL,
    policy_id {text} NOT NULL,
    name {text} NOT NULL,
    description {text},
    priority {int} NOT NULL,
    action {int} NOT NULL,
    status {int} NOT NULL,
    conditions {text} NOT NULL,
    destination_count {int} NOT NULL,
    revision {int} NOT NULL,
    created_at {int} NOT NULL
) {strict};

CREATE INDEX tls_rules_page ON tls_rules (policy_id, created_at, id);
CREATE INDEX tls_rules_tenant ON tls_rules (tenant_id);
CREATE UNIQUE INDEX tls_rules_priority ON tls_rules (policy_id, priority);
