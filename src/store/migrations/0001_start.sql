-- Four words differ between the databases and are replaced: {int} {blob} {text} {strict}.
-- Times are seconds since the epoch, 0 for none; booleans 0 or 1; ids are text UUIDs. Columns that
-- lists sort by are NOT NULL, '' for none: the databases sort NULLs differently.

CREATE TABLE tenants (
    id {text} PRIMARY KEY,
    name {text} NOT NULL,
    created_at {int} NOT NULL
) {strict};

CREATE TABLE settings (
    name {text} PRIMARY KEY,
    value {text} NOT NULL
) {strict};

CREATE TABLE leases (
    name {text} PRIMARY KEY,
    holder {text} NOT NULL,
    expires_at {int} NOT NULL
) {strict};

CREATE TABLE keys (
    id {text} PRIMARY KEY,
    tenant_id {text} NOT NULL,
    purpose {text} NOT NULL,
    type {text} NOT NULL,
    spki {blob} NOT NULL,
    private_sealed {blob} NOT NULL,
    created_at {int} NOT NULL
) {strict};

CREATE TABLE cas (
    id {text} PRIMARY KEY,
    tenant_id {text} NOT NULL,
    display_name {text} NOT NULL,
    description {text},
    type {int} NOT NULL,
    status {int} NOT NULL,
    issuer_id {text} NOT NULL,
    issuer_common_name {text},
    validity_years {int} NOT NULL,
    not_before {int} NOT NULL,
    not_after {int} NOT NULL,
    common_name {text} NOT NULL,
    common_name_folded {text} NOT NULL,
    organization {text},
    organization_unit {text},
    country {text},
    state {text},
    locality {text},
    subject_name {text} NOT NULL,
    key_size {int} NOT NULL,
    hash {int} NOT NULL,
    ekus {text} NOT NULL,
    key_platform {int} NOT NULL,
    region {text},
    thumbprint {text} NOT NULL,
    serial {blob} NOT NULL,
    csr {blob},
    root_common_name {text},
    external_issuer_url {text},
    active_version {int} NOT NULL,
    version_number {int} NOT NULL,
    role_scope_tag_ids {text} NOT NULL,
    revision {int} NOT NULL,
    is_internal {int} NOT NULL,
    allow_sha1 {int} NOT NULL,
    allow_des {int} NOT NULL,
    created_at {int} NOT NULL,
    modified_at {int} NOT NULL,
    deleted_at {int} NOT NULL
) {strict};

-- A name stays taken while a deleted CA is still remembered.
CREATE UNIQUE INDEX cas_common_name ON cas (tenant_id, common_name_folded);
CREATE INDEX cas_issuer ON cas (issuer_id);

CREATE TABLE ca_versions (
    id {text} PRIMARY KEY,
    tenant_id {text} NOT NULL,
    ca_id {text} NOT NULL REFERENCES cas (id),
    number {int} NOT NULL,
    status {int} NOT NULL,
    key_id {text} NOT NULL,
    subject {blob} NOT NULL,
    subject_name {text} NOT NULL,
    certificate {blob} NOT NULL,
    chain {blob} NOT NULL,
    csr {blob},
    ekus {text} NOT NULL,
    parent_id {text} NOT NULL,
    external_issuer_url {text},
    not_before {int} NOT NULL,
    not_after {int} NOT NULL,
    thumbprint {text} NOT NULL,
    serial {blob} NOT NULL,
    revoked_at {int} NOT NULL,
    revocation_reason {int} NOT NULL,
    staged_count {int} NOT NULL,
    decommission_at {int} NOT NULL,
    created_at {int} NOT NULL,
    modified_at {int} NOT NULL,
    UNIQUE (ca_id, number)
) {strict};

CREATE TABLE certificates (
    id {text} PRIMARY KEY,
    tenant_id {text} NOT NULL,
    ca_id {text} NOT NULL,
    version {int} NOT NULL,
    kind {int} NOT NULL,
    serial {blob} NOT NULL,
    subject_name {text} NOT NULL,
    issuer_name {text} NOT NULL,
    certificate {blob} NOT NULL,
    thumbprint {text} NOT NULL,
    not_before {int} NOT NULL,
    not_after {int} NOT NULL,
    revoked_at {int} NOT NULL,
    revocation_reason {int} NOT NULL,
    key_id {text} NOT NULL,
    device_name {text} NOT NULL,
    device_id {text} NOT NULL,
    user_principal_name {text} NOT NULL,
    user_id {text},
    device_platform {text},
    sid {text},
    key_usages {text} NOT NULL,
    ekus {text} NOT NULL,
    challenge_id {text} NOT NULL,
    created_at {int} NOT NULL,
    UNIQUE (ca_id, serial)
) {strict};

CREATE INDEX certificates_page ON certificates (ca_id, kind, created_at, id);
CREATE INDEX certificates_end ON certificates (ca_id, kind, not_after);

-- Publishing reads the revoked, in serial order, not the issued.
CREATE TABLE revocations (
    ca_id {text} NOT NULL,
    serial {blob} NOT NULL,
    tenant_id {text} NOT NULL,
    version {int} NOT NULL,
    certificate_id {text} NOT NULL,
    reason {int} NOT NULL,
    revoked_at {int} NOT NULL,
    not_after {int} NOT NULL,
    PRIMARY KEY (ca_id, serial)
) {strict};

-- Holds all that a list needs, so that a million entries are read in order from the index alone.
CREATE INDEX revocations_list ON revocations (ca_id, serial, not_after, revoked_at, reason);
CREATE INDEX revocations_since ON revocations (ca_id, revoked_at);

CREATE TABLE challenges (
    id {text} PRIMARY KEY,
    tenant_id {text} NOT NULL,
    ca_id {text} NOT NULL REFERENCES cas (id),
    secret_mac {blob} NOT NULL UNIQUE,
    subject {blob},
    sans {text} NOT NULL,
    ekus {text} NOT NULL,
    allow_any_name {int} NOT NULL,
    sid {text},
    device_name {text},
    device_id {text},
    device_platform {text},
    user_principal_name {text},
    user_id {text},
    validity_days {int} NOT NULL,
    requires_approval {int} NOT NULL,
    is_static {int} NOT NULL,
    uses_max {int} NOT NULL,
    uses {int} NOT NULL,
    expires_at {int} NOT NULL,
    created_by {text} NOT NULL,
    created_at {int} NOT NULL
) {strict};

CREATE INDEX challenges_end ON challenges (expires_at);

CREATE TABLE enrolments (
    id {text} PRIMARY KEY,
    tenant_id {text} NOT NULL,
    ca_id {text} NOT NULL,
    message_type {int} NOT NULL,
    transaction_hash {blob} NOT NULL,
    request_hash {blob} NOT NULL,
    public_key_hash {blob} NOT NULL,
    status {int} NOT NULL,
    certificate_id {text} NOT NULL,
    challenge_id {text} NOT NULL,
    csr {blob},
    expires_at {int} NOT NULL,
    created_at {int} NOT NULL,
    UNIQUE (ca_id, message_type, transaction_hash)
) {strict};

CREATE INDEX enrolments_end ON enrolments (expires_at);

CREATE TABLE crls (
    id {text} PRIMARY KEY,
    tenant_id {text} NOT NULL,
    ca_id {text} NOT NULL,
    version {int} NOT NULL,
    kind {int} NOT NULL,
    shard {int} NOT NULL,
    number {int} NOT NULL,
    base_number {int} NOT NULL,
    this_update {int} NOT NULL,
    next_update {int} NOT NULL,
    entries {int} NOT NULL,
    size {int} NOT NULL,
    etag {text} NOT NULL,
    is_scheduled {int} NOT NULL,
    is_current {int} NOT NULL,
    UNIQUE (ca_id, version, kind, shard, number)
) {strict};

CREATE INDEX crls_current ON crls (ca_id, version, kind, shard, is_current);

CREATE TABLE crl_chunks (
    crl_id {text} NOT NULL,
    position {int} NOT NULL,
    octets {blob} NOT NULL,
    PRIMARY KEY (crl_id, position)
) {strict};

-- CRLs whose chunks were seen without a header row: being written, or left behind.
CREATE TABLE crl_orphans (
    crl_id {text} PRIMARY KEY,
    seen_at {int} NOT NULL
) {strict};

-- The last CRL number given out per CA: reserved before signing, never given back.
CREATE TABLE crl_numbers (
    ca_id {text} PRIMARY KEY,
    number {int} NOT NULL,
    this_update {int} NOT NULL
) {strict};

CREATE TABLE audit_events (
    id {text} PRIMARY KEY,
    tenant_id {text} NOT NULL,
    actor {text} NOT NULL,
    activity {text} NOT NULL,
    object_type {text} NOT NULL,
    object_id {text} NOT NULL,
    request_id {text},
    detail {text},
    is_success {int} NOT NULL,
    at {int} NOT NULL
) {strict};

CREATE INDEX audit_events_page ON audit_events (tenant_id, at, id);
