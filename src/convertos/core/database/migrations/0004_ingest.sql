-- What came in, byte for byte. Ids are UUIDv7, so ranges of ids are ranges of time, and a month that is
-- past its retention is one table to drop.
CREATE TABLE receipts (
    client_id uuid NOT NULL,
    receipt_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    key uuid NOT NULL,
    door text NOT NULL,
    event_type text NOT NULL,
    event_id text NOT NULL,
    received_at timestamptz NOT NULL,
    headers bytea NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (client_id, receipt_id)
) PARTITION BY RANGE (receipt_id);
CREATE INDEX receipts_of_connection ON receipts (client_id, connection_id, receipt_id);
CALL wall_client_table('receipts');
REVOKE UPDATE ON receipts FROM :app, :worker;

-- One row for each distinct delivery, whatever month it came in: a repeat finds its key here.
-- Also holds how the processing ended, so that the wide receipts are never rewritten.
CREATE TABLE receipt_keys (
    client_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    key uuid NOT NULL,
    receipt_id uuid NOT NULL,
    -- NULL until processed; then 'processed' or 'ignored' (a failed one waits in the inbox).
    outcome text,
    note text,
    attempts smallint NOT NULL DEFAULT 0,
    processed_at timestamptz,
    PRIMARY KEY (client_id, connection_id, key)
) WITH (fillfactor = 80);
CALL wall_client_table('receipt_keys');

-- What is still to be processed. Rows leave when they are done; those that failed for good stay, parked.
CREATE TABLE inbox (
    client_id uuid NOT NULL,
    receipt_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    key uuid NOT NULL,
    -- How often a worker began it and was not heard of again.
    attempts smallint NOT NULL DEFAULT 0,
    not_before timestamptz NOT NULL DEFAULT '-infinity',
    is_parked boolean NOT NULL DEFAULT false,
    error_code text,
    error text,
    PRIMARY KEY (client_id, receipt_id)
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000,
        autovacuum_vacuum_cost_delay = 0);
CREATE INDEX inbox_parked ON inbox (client_id, connection_id, receipt_id) WHERE is_parked;
CALL wall_client_table('inbox');

-- Which receipts are being worked on: one row for a whole batch, instead of a mark on each receipt. It is
-- written before the work begins, so that a batch that kills its worker is known; when the lease has run out,
-- whoever claims next counts an attempt for each receipt that it had begun. Only workers see it.
CREATE TABLE claims (
    claim_id uuid PRIMARY KEY,
    client_ids uuid[] NOT NULL,
    receipt_ids uuid[] NOT NULL,
    -- Those of them that are worked on; NULL for all.
    begun_ids uuid[],
    leased_until timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON claims TO :worker;

-- How much came by each connection, by UTC day.
CREATE TABLE connection_days (
    client_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    day date NOT NULL,
    received bigint NOT NULL DEFAULT 0,
    duplicates bigint NOT NULL DEFAULT 0,
    last_received_at timestamptz,
    PRIMARY KEY (client_id, connection_id, day)
) WITH (fillfactor = 50);
CALL wall_client_table('connection_days');

-- What was refused at the door, by reason; the refused bodies themselves are not kept.
CREATE TABLE rejections (
    client_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    day date NOT NULL,
    reason text NOT NULL,
    count bigint NOT NULL DEFAULT 0,
    last_at timestamptz NOT NULL,
    PRIMARY KEY (client_id, connection_id, day, reason)
) WITH (fillfactor = 50);
CALL wall_client_table('rejections');

CREATE POLICY ingest_writes ON receipts FOR INSERT TO :ingest WITH CHECK (true);
CREATE POLICY ingest_writes ON receipt_keys TO :ingest USING (true) WITH CHECK (true);
CREATE POLICY ingest_writes ON inbox FOR INSERT TO :ingest WITH CHECK (true);
CREATE POLICY ingest_writes ON connection_days TO :ingest USING (true) WITH CHECK (true);
CREATE POLICY ingest_writes ON rejections TO :ingest USING (true) WITH CHECK (true);
GRANT INSERT ON receipts, inbox TO :ingest;
GRANT SELECT, INSERT ON receipt_keys TO :ingest;
GRANT SELECT, INSERT, UPDATE ON connection_days, rejections TO :ingest;

-- Makes the partition for the month of an instant where it is missing. Definer rights, because only the
-- owner may create tables; it takes no name from outside.
CREATE FUNCTION make_receipts_partition(month date) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    first_day date := date_trunc('month', month)::date;
    next_day date := (date_trunc('month', month) + interval '1 month')::date;
    partition text := 'receipts_' || to_char(first_day, 'YYYY_MM');
BEGIN
    IF first_day < date '2020-01-01' OR first_day > (now() + interval '4 months')::date THEN
        RAISE EXCEPTION 'no receipts partition is made for %', first_day;
    END IF;
    IF to_regclass(partition) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF receipts FOR VALUES FROM (%L) TO (%L)',
                       partition, first_uuid_at(first_day), first_uuid_at(next_day));
    END IF;
    RETURN partition;
END $$;

CREATE FUNCTION first_uuid_at(day date) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM day::timestamp) * 1000)::bigint), 12, '0')
            || '70008000000000000000')::uuid
$$;

-- When a UUIDv7 was made.
CREATE FUNCTION receipt_time(id uuid) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_timestamp(('x' || lpad(left(replace(id::text, '-', ''), 12), 16, '0'))::bit(64)::bigint / 1000.0)
$$;

-- Drops whole months of receipts that ended before the given day.
CREATE FUNCTION drop_receipts_before(day date) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    partition text;
BEGIN
    IF day > (now() - interval '31 days')::date THEN
        RAISE EXCEPTION 'receipts younger than a month are kept';
    END IF;
    FOR partition IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'receipts'::regclass AND c.relname ~ '^receipts_\d{4}_\d{2}$'
          AND to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month' <= day
    LOOP
        EXECUTE format('DROP TABLE %I', partition);
        RETURN NEXT partition;
    END LOOP;
END $$;
REVOKE ALL ON FUNCTION make_receipts_partition, drop_receipts_before FROM PUBLIC;
GRANT EXECUTE ON FUNCTION make_receipts_partition, drop_receipts_before TO :worker;
