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
