-- That a worker lives and what it saw waiting; one row for each that ran lately. Holds no tenant's data.
CREATE TABLE worker_heartbeats (
    worker_id uuid PRIMARY KEY,
    beat_at timestamptz NOT NULL DEFAULT now(),
    state jsonb NOT NULL
) WITH (fillfactor = 50);
GRANT SELECT, INSERT, UPDATE, DELETE ON worker_heartbeats TO :worker;
GRANT SELECT ON worker_heartbeats TO :app;
