CREATE TABLE organizations (
    organization_id uuid PRIMARY KEY,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CALL wall_organization_table('organizations');

CREATE TABLE clients (
    organization_id uuid NOT NULL REFERENCES organizations,
    client_id uuid NOT NULL PRIMARY KEY,
    name text NOT NULL,
    slug text NOT NULL,
    domain text,
    timezone text NOT NULL,
    currency text NOT NULL,
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'erasing')),
    lookback_days int NOT NULL DEFAULT 30 CHECK (lookback_days BETWEEN 1 AND 365),
    excludes_tax boolean NOT NULL DEFAULT false,
    excludes_shipping boolean NOT NULL DEFAULT false,
    high_value_threshold numeric NOT NULL DEFAULT 500 CHECK (high_value_threshold <> 'NaN'),
    source_aliases jsonb NOT NULL DEFAULT '[]',
    own_domains text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organization_id, client_id),
    UNIQUE (organization_id, slug)
);
CALL wall_organization_table('clients');

CREATE TABLE users (
    organization_id uuid NOT NULL REFERENCES organizations,
    user_id uuid NOT NULL,
    email text NOT NULL UNIQUE,
    name text NOT NULL,
    password_hash text NOT NULL,
    role text NOT NULL CHECK (role IN ('owner', 'admin', 'analyst', 'viewer')),
    -- NULL: every client of the organization.
    client_ids uuid[],
    is_disabled boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz,
    PRIMARY KEY (organization_id, user_id)
);
CALL wall_organization_table('users');

CREATE TABLE sessions (
    token_hash bytea PRIMARY KEY,
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    csrf_token text NOT NULL,
    user_agent text,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    FOREIGN KEY (organization_id, user_id) REFERENCES users ON DELETE CASCADE
);
CREATE INDEX sessions_of_user ON sessions (organization_id, user_id);
CALL wall_organization_table('sessions');

CREATE TABLE api_keys (
    organization_id uuid NOT NULL REFERENCES organizations,
    key_id uuid NOT NULL,
    name text NOT NULL,
    -- The first characters, to recognise a key by; not enough to use it.
    prefix text NOT NULL,
    key_hash bytea NOT NULL UNIQUE,
    scopes text[] NOT NULL,
    client_ids uuid[],
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (organization_id, key_id)
);
CALL wall_organization_table('api_keys');

-- What short-lived access tokens rest on: each names its grant, so that to end the grant ends them at once.
-- A refresh replaces the hash; an old refresh token that comes back ends the grant, because somebody copied it.
CREATE TABLE token_grants (
    organization_id uuid NOT NULL,
    grant_id uuid NOT NULL,
    user_id uuid,
    key_id uuid,
    refresh_hash bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    refreshed_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    CHECK (num_nonnulls(user_id, key_id) = 1),
    PRIMARY KEY (organization_id, grant_id),
    FOREIGN KEY (organization_id, user_id) REFERENCES users ON DELETE CASCADE,
    FOREIGN KEY (organization_id, key_id) REFERENCES api_keys ON DELETE CASCADE
);
CREATE INDEX token_grants_of_user ON token_grants (organization_id, user_id);
CREATE INDEX token_grants_of_key ON token_grants (organization_id, key_id);
CALL wall_organization_table('token_grants');

CREATE TABLE audit_log (
    organization_id uuid NOT NULL REFERENCES organizations,
    entry_id uuid NOT NULL,
    client_id uuid,
    actor_kind text NOT NULL CHECK (actor_kind IN ('user', 'key', 'workspace', 'connection', 'console',
                                                    'system')),
    actor_id uuid,
    action text NOT NULL,
    subject_kind text NOT NULL,
    subject_id text,
    details jsonb NOT NULL DEFAULT '{}',
    occurred_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, entry_id)
);
CALL wall_organization_table('audit_log');
-- What was done stays written.
REVOKE UPDATE, DELETE ON audit_log FROM :app;
CREATE INDEX audit_log_by_subject ON audit_log (organization_id, subject_kind, subject_id, entry_id);

CREATE TABLE idempotency_keys (
    organization_id uuid NOT NULL REFERENCES organizations,
    caller text NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    status int,
    media_type text,
    -- Encrypted: an answer may hold a secret that is shown once.
    body bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, caller, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
CALL wall_organization_table('idempotency_keys');

-- The one-time token of the set-up page, until the first owner exists.
CREATE TABLE setup_tokens (
    token_hash bytea PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT, DELETE ON setup_tokens TO :auth;
GRANT SELECT, DELETE ON setup_tokens TO :app;

-- Who is calling is found out before a tenant is known; this role sees that and nothing else, and notes
-- that they came by. What follows (a session, a grant) is written inside the organization's wall.
CREATE POLICY auth_looks_up ON organizations FOR SELECT TO :auth USING (true);
CREATE POLICY auth_looks_up ON clients FOR SELECT TO :auth USING (true);
CREATE POLICY auth_looks_up ON users TO :auth USING (true) WITH CHECK (true);
CREATE POLICY auth_looks_up ON sessions TO :auth USING (true) WITH CHECK (true);
CREATE POLICY auth_looks_up ON api_keys TO :auth USING (true) WITH CHECK (true);
CREATE POLICY auth_looks_up ON token_grants FOR SELECT TO :auth USING (true);
GRANT SELECT ON organizations, users, sessions, api_keys, token_grants TO :auth;
GRANT SELECT (organization_id, client_id, status) ON clients TO :auth;
GRANT UPDATE (last_seen_at) ON users TO :auth;
GRANT UPDATE (last_used_at) ON api_keys TO :auth;
GRANT UPDATE (last_seen_at, expires_at) ON sessions TO :auth;
