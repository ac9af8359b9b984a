-- Orders about which the store will know more later (the journey that led to them), and when to ask again. A day's
-- orders at most: read as a whole.
CREATE TABLE revisits (
    client_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    external_id text NOT NULL,
    began_at timestamptz NOT NULL DEFAULT now(),
    -- How often it was asked already.
    asked smallint NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL,
    PRIMARY KEY (client_id, connection_id, external_id),
    FOREIGN KEY (client_id, connection_id) REFERENCES connections ON DELETE CASCADE
);
CALL wall_client_table('revisits');
