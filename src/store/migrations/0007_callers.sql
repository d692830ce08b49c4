-- Registered applications, what they prove themselves with, token keys.

CREATE TABLE applications (
    id {text} PRIMARY KEY,
    tenant_id {text} NOT NULL,
    app_id {text} NOT NULL UNIQUE,
    display_name {text} NOT NULL,
    description {text},
    is_disabled {int} NOT NULL,
    app_roles {text} NOT NULL,
    password_credentials {text} NOT NULL,
    key_credentials {text} NOT NULL,
    revision {int} NOT NULL,
    created_at {int} NOT NULL,
    modified_at {int} NOT NULL
) {strict};

CREATE INDEX applications_page ON applications (tenant_id, display_name, id);

-- A secret is looked up by its MAC; the secret itself stands nowhere.
CREATE TABLE application_secrets (
    id {text} PRIMARY KEY,
    tenant_id {text} NOT NULL,
    application_id {text} NOT NULL REFERENCES applications (id),
    secret_mac {blob} NOT NULL UNIQUE,
    begins_at {int} NOT NULL,
    ends_at {int} NOT NULL
) {strict};

CREATE INDEX application_secrets_owner ON application_secrets (application_id);

-- Client assertions that were used: each is taken once, until it would have ended.
CREATE TABLE client_assertions (
    hash {blob} PRIMARY KEY,
    tenant_id {text} NOT NULL,
    ends_at {int} NOT NULL
) {strict};

CREATE INDEX client_assertions_end ON client_assertions (ends_at);

-- The newest one signs; those before it verify until the last token of theirs has ended.
CREATE TABLE token_keys (
    key_id {text} PRIMARY KEY,
    created_at {int} NOT NULL,
    ends_at {int} NOT NULL
) {strict};

INSERT INTO token_keys (key_id, created_at, ends_at)
SELECT k.id, k.created_at, 0 FROM keys k, settings s
WHERE s.name = 'token_key' AND s.value = k.id;

DELETE FROM settings WHERE name = 'token_key';
