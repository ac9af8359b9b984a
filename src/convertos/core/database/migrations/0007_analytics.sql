-- Revenue by the client's day and by what earned it (last touch). Recomputed for whole days, never added to.
CREATE TABLE revenue_days (
    client_id uuid NOT NULL,
    day date NOT NULL,
    currency text NOT NULL,
    channel text NOT NULL,
    source text NOT NULL,
    medium text NOT NULL,
    campaign text NOT NULL,
    orders int NOT NULL,
    revenue numeric NOT NULL,
    -- Paid back for the orders of this day, whenever it was.
    refunds numeric NOT NULL,
    -- Paid back on this day, whenever the order was.
    refunds_on_day numeric NOT NULL,
    new_customers int NOT NULL,
    PRIMARY KEY (client_id, day, currency, channel, source, medium, campaign)
);
CALL wall_client_table('revenue_days');

CREATE TABLE lead_days (
    client_id uuid NOT NULL,
    day date NOT NULL,
    channel text NOT NULL,
    source text NOT NULL,
    medium text NOT NULL,
    campaign text NOT NULL,
    leads int NOT NULL,
    PRIMARY KEY (client_id, day, channel, source, medium, campaign)
);
CALL wall_client_table('lead_days');

-- Days that changed and wait to be added up again. `mark` tells a new change from the one being worked on.
CREATE TABLE stale_days (
    client_id uuid NOT NULL,
    day date NOT NULL,
    mark bigint NOT NULL,
    PRIMARY KEY (client_id, day)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);
CREATE SEQUENCE stale_marks;
CALL wall_client_table('stale_days');
GRANT USAGE ON SEQUENCE stale_marks TO :app, :worker;
