-- Who gets the credit for an order or a lead: one row for each touch that earned a part of it.
CREATE TABLE credits (
    client_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    subject_kind text NOT NULL CHECK (subject_kind IN ('order', 'lead')),
    model text NOT NULL,
    position smallint NOT NULL,
    weight numeric NOT NULL CHECK (weight >= 0 AND weight <= 1),
    touch_id uuid,
    source text NOT NULL,
    medium text NOT NULL,
    campaign text NOT NULL,
    channel text NOT NULL,
    method text NOT NULL,
    landing_page text,
    -- Which rule decided, and among how many touches.
    rule text NOT NULL,
    considered smallint NOT NULL,
    PRIMARY KEY (client_id, subject_id, model, position)
);
CALL wall_client_table('credits');
