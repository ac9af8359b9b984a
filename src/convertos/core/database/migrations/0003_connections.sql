-- Two connections of the same shop (its plugin and its REST keys) share a store, so that one order that
-- arrives on both ways is one order.
CREATE TABLE stores (
    client_id uuid NOT NULL REFERENCES clients,
    store_id uuid NOT NULL,
    platform text NOT NULL,
    domain text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (client_id, store_id),
    UNIQUE (client_id, platform, domain)
);
CALL wall_client_table('stores');

CREATE TABLE connections (
    client_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    -- Looked up before the tenant is known; random, so nothing can be learnt from it.
    public_id text NOT NULL UNIQUE,
    store_id uuid NOT NULL,
    type text NOT NULL,
    name text NOT NULL,
    domain text,
    status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'deleted')),
    allowed_networks inet[] NOT NULL DEFAULT '{}',
    config jsonb NOT NULL DEFAULT '{}',
    api_key_hash bytea UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    PRIMARY KEY (client_id, connection_id),
    FOREIGN KEY (client_id, store_id) REFERENCES stores,
    FOREIGN KEY (organization_id, client_id) REFERENCES clients (organization_id, client_id)
);
CALL wall_client_table('connections');

-- The newest without an end is the one that is handed out; the one before it verifies until it expires.
CREATE TABLE connection_secrets (
    client_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    secret_id uuid NOT NULL,
    ciphertext bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    PRIMARY KEY (client_id, connection_id, secret_id),
    FOREIGN KEY (client_id, connection_id) REFERENCES connections ON DELETE CASCADE
);
CALL wall_client_table('connection_secrets');

CREATE POLICY ingest_looks_up ON connections FOR SELECT TO :ingest USING (true);
CREATE POLICY ingest_looks_up ON connection_secrets FOR SELECT TO :ingest USING (true);
GRANT SELECT ON connections, connection_secrets TO :ingest;

-- What runs on a site (its plugin, WordPress, PHP, ...), as its plugin told it last.
CREATE TABLE site_software (
    client_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    software jsonb NOT NULL,
    told_at timestamptz NOT NULL,
    PRIMARY KEY (client_id, connection_id),
    FOREIGN KEY (client_id, connection_id) REFERENCES connections ON DELETE CASCADE
);
CALL wall_client_table('site_software');

-- Which of a site's own fields becomes which of ours: the whole list of rules, with its version.
CREATE TABLE field_mappings (
    client_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    version int NOT NULL,
    rules jsonb NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (client_id, connection_id),
    FOREIGN KEY (client_id, connection_id) REFERENCES connections ON DELETE CASCADE
);
CALL wall_client_table('field_mappings');
