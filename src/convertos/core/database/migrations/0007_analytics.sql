-- What a client's day adds up to, by what earned it (last touch). Whole days are summed anew, never added to
-- (docs/decisions/rollups.md). Each day is kept in four details, so that a question reads no more than it
-- asks for: 1 by status, 2 also by channel and source, 3 also by medium and campaign, 4 also by landing page.
-- 5 and 6 are the sums of 2 and 3 over whole weeks, each kept under its Monday.
CREATE TABLE day_sums (
    client_id uuid NOT NULL,
    detail smallint NOT NULL CHECK (detail BETWEEN 1 AND 6),
    day date NOT NULL,
    -- A digest of what the row is about: names come from anybody, and may be longer than an index takes.
    key uuid NOT NULL,
    -- Empty for leads, which are worth no money.
    currency text NOT NULL,
    status text NOT NULL,
    channel text,
    source text,
    medium text,
    campaign text,
    landing_page text,
    orders int NOT NULL,
    revenue numeric NOT NULL,
    -- Paid back for the orders of this day, whenever it was.
    refunds numeric NOT NULL,
    -- Paid back on this day, whenever the order was.
    refunds_on_day numeric NOT NULL,
    new_customers int NOT NULL,
    leads int NOT NULL,
    PRIMARY KEY (client_id, detail, day, key)
) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05);
CALL wall_client_table('day_sums');

-- Days that changed and wait to be summed anew. `mark` tells a new change from the one being worked on;
-- `since` keeps a day's place in the queue while it goes on changing.
CREATE TABLE stale_days (
    client_id uuid NOT NULL,
    day date NOT NULL,
    mark bigint NOT NULL,
    since bigint NOT NULL,
    PRIMARY KEY (client_id, day)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);
CREATE SEQUENCE stale_marks;
CALL wall_client_table('stale_days');
GRANT USAGE ON SEQUENCE stale_marks TO :app, :worker;
