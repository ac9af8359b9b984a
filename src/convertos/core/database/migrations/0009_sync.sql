-- Going to the stores: with which keys, what was pulled, how far, and what is still missing.

-- The keys of a store's API, as one encrypted JSON object. Replaced under the row's lock: tokens that are
-- refreshed are kept before anybody uses them.
CREATE TABLE connection_keys (
    client_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    address text NOT NULL,
    ciphertext bytea NOT NULL,
    -- What the last test found out: which way to authenticate the store takes, and what it says of itself.
    remembered jsonb NOT NULL DEFAULT '{}',
    details jsonb NOT NULL DEFAULT '{}',
    cautions jsonb NOT NULL DEFAULT '[]',
    -- Why the store refuses them; somebody has to connect it again.
    refused text,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (client_id, connection_id),
    FOREIGN KEY (client_id, connection_id) REFERENCES connections ON DELETE CASCADE
);
CALL wall_client_table('connection_keys');

-- Somebody was sent to a store to let us in, and has not come back yet. Named by a random, signed word.
CREATE TABLE store_approvals (
    client_id uuid NOT NULL,
    approval_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    platform text NOT NULL,
    address text NOT NULL,
    requested_by jsonb NOT NULL,
    -- What the way back needs (an app's secret, keys that came): encrypted.
    ciphertext bytea,
    status text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'received', 'done', 'refused')),
    error text,
    connection_id uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (client_id, approval_id),
    FOREIGN KEY (organization_id, client_id) REFERENCES clients (organization_id, client_id)
);
CALL wall_client_table('store_approvals');

CREATE TABLE syncs (
    client_id uuid NOT NULL,
    sync_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('full', 'incremental')),
    -- Who wanted it: 'connect', 'schedule', 'hand', 'gap'.
    reason text NOT NULL,
    entities text[] NOT NULL,
    status text NOT NULL DEFAULT 'waiting'
        CHECK (status IN ('waiting', 'running', 'succeeded', 'incomplete', 'failed', 'cancelled')),
    is_cancelling boolean NOT NULL DEFAULT false,
    requested_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz,
    -- Who runs it, until when it is theirs, and how often it was begun.
    claim_id uuid,
    leased_until timestamptz,
    attempts int NOT NULL DEFAULT 0,
    -- What the store made us wait for, in words.
    pausing text,
    error_code text,
    error text,
    PRIMARY KEY (client_id, sync_id),
    FOREIGN KEY (client_id, connection_id) REFERENCES connections ON DELETE CASCADE
) WITH (fillfactor = 70);
-- Two of one connection never run at once.
CREATE UNIQUE INDEX syncs_running ON syncs (client_id, connection_id) WHERE status = 'running';
CREATE INDEX syncs_of_connection ON syncs (client_id, connection_id, sync_id);
CALL wall_client_table('syncs');

CREATE TABLE sync_progress (
    client_id uuid NOT NULL,
    sync_id uuid NOT NULL,
    entity text NOT NULL,
    -- As the store says; NULL while it has not.
    expected bigint,
    pulled bigint NOT NULL DEFAULT 0,
    -- Of those, what was not known in this state.
    fresh bigint NOT NULL DEFAULT 0,
    pages int NOT NULL DEFAULT 0,
    is_done boolean NOT NULL DEFAULT false,
    error text,
    started_at timestamptz,
    finished_at timestamptz,
    PRIMARY KEY (client_id, sync_id, entity),
    FOREIGN KEY (client_id, sync_id) REFERENCES syncs ON DELETE CASCADE
) WITH (fillfactor = 50);
CALL wall_client_table('sync_progress');

-- How far a connection is with each kind of object. Only moved in the transaction of the rows before it.
CREATE TABLE sync_cursors (
    client_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    entity text NOT NULL,
    cursor jsonb NOT NULL,
    -- Whether a walk through everything has ended once.
    is_complete boolean NOT NULL DEFAULT false,
    moved_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (client_id, connection_id, entity),
    FOREIGN KEY (client_id, connection_id) REFERENCES connections ON DELETE CASCADE
) WITH (fillfactor = 50);
CALL wall_client_table('sync_cursors');

CREATE TABLE sync_schedules (
    client_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    is_enabled boolean NOT NULL DEFAULT true,
    every_minutes int NOT NULL DEFAULT 15 CHECK (every_minutes BETWEEN 5 AND 1440),
    -- Hours of low traffic in the client's time zone, [from, until); NULL: at any hour.
    from_hour smallint CHECK (from_hour BETWEEN 0 AND 23),
    until_hour smallint CHECK (until_hour BETWEEN 0 AND 24),
    next_sync_at timestamptz NOT NULL DEFAULT now(),
    next_check_at timestamptz NOT NULL DEFAULT now(),
    next_reconciliation_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (client_id, connection_id),
    FOREIGN KEY (client_id, connection_id) REFERENCES connections ON DELETE CASCADE
) WITH (fillfactor = 70);
CALL wall_client_table('sync_schedules');

CREATE TABLE remote_webhooks (
    client_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    topic text NOT NULL,
    remote_id text NOT NULL,
    delivery_url text NOT NULL,
    -- The store's own word, and ours: 'active', 'degraded' (was off, is on again), 'broken'.
    remote_status text NOT NULL,
    health text NOT NULL CHECK (health IN ('active', 'degraded', 'broken')),
    -- The secret that it signs with; another one is told when ours was rotated.
    secret_id uuid,
    healed_at timestamptz,
    error text,
    checked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (client_id, connection_id, topic),
    FOREIGN KEY (client_id, connection_id) REFERENCES connections ON DELETE CASCADE
);
CALL wall_client_table('remote_webhooks');

-- Every call to a store, and what of its data it gave.
CREATE TABLE access_log (
    client_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    call_id uuid NOT NULL,
    called_at timestamptz NOT NULL,
    method text NOT NULL,
    host text NOT NULL,
    path text NOT NULL,
    purpose text NOT NULL,
    -- NULL: nothing came back; then `error` says why.
    status int,
    error text,
    attempt smallint NOT NULL DEFAULT 1,
    bytes bigint NOT NULL DEFAULT 0,
    milliseconds int NOT NULL,
    PRIMARY KEY (client_id, connection_id, call_id),
    FOREIGN KEY (client_id, connection_id) REFERENCES connections ON DELETE CASCADE
);
CALL wall_client_table('access_log');
REVOKE UPDATE, DELETE ON access_log FROM :app;

CREATE TABLE reconciliations (
    client_id uuid NOT NULL,
    reconciliation_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    reason text NOT NULL,
    -- From which day on everything was compared one by one; before it only counted. NULL: everything.
    since date,
    status text NOT NULL DEFAULT 'waiting'
        CHECK (status IN ('waiting', 'healing', 'complete', 'incomplete', 'failed')),
    started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    error text,
    -- Before healing, and after it: how many the store has, and how many of them are here as they are there.
    store_count bigint NOT NULL DEFAULT 0,
    matching_before bigint NOT NULL DEFAULT 0,
    matching_after bigint NOT NULL DEFAULT 0,
    healed bigint NOT NULL DEFAULT 0,
    found_deleted bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (client_id, reconciliation_id),
    FOREIGN KEY (client_id, connection_id) REFERENCES connections ON DELETE CASCADE
);
CREATE INDEX reconciliations_of_connection
    ON reconciliations (client_id, connection_id, reconciliation_id);
CALL wall_client_table('reconciliations');

-- The days (in the client's time zone) on which the store and the tables differed.
CREATE TABLE reconciled_days (
    client_id uuid NOT NULL,
    reconciliation_id uuid NOT NULL,
    entity text NOT NULL,
    day date NOT NULL,
    currency text NOT NULL,
    store_count bigint NOT NULL,
    our_count bigint NOT NULL,
    store_sum numeric NOT NULL,
    our_sum numeric NOT NULL,
    PRIMARY KEY (client_id, reconciliation_id, entity, day, currency),
    FOREIGN KEY (client_id, reconciliation_id) REFERENCES reconciliations ON DELETE CASCADE
);
CALL wall_client_table('reconciled_days');

CREATE TABLE differences (
    client_id uuid NOT NULL,
    reconciliation_id uuid NOT NULL,
    entity text NOT NULL,
    external_id text NOT NULL,
    -- 'missing' here, 'differs', 'deleted' in the store, 'undeleted' there.
    kind text NOT NULL CHECK (kind IN ('missing', 'differs', 'deleted', 'undeleted')),
    detail text NOT NULL DEFAULT '',
    -- What the store says of an order: what has to be here for it to count as healed.
    total numeric,
    status text,
    -- The store does not list it, and gives it when asked for it by its id.
    is_hidden boolean NOT NULL DEFAULT false,
    is_healed boolean NOT NULL DEFAULT false,
    PRIMARY KEY (client_id, reconciliation_id, entity, external_id),
    FOREIGN KEY (client_id, reconciliation_id) REFERENCES reconciliations ON DELETE CASCADE
);
CALL wall_client_table('differences');
