-- What platforms demanded for people's privacy, and what became of it. Names nobody: ids of ours and numbers of
-- the platform only. `open` is what the merchant has to answer.
CREATE TABLE privacy_demands (
    client_id uuid NOT NULL,
    demand_id uuid NOT NULL,
    connection_id uuid NOT NULL,
    receipt_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('tell_person', 'erase_person', 'erase_store')),
    reference text,
    contact_ids uuid[] NOT NULL DEFAULT '{}',
    status text NOT NULL CHECK (status IN ('open', 'done', 'refused')),
    demanded_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    done_at timestamptz,
    PRIMARY KEY (client_id, demand_id),
    UNIQUE (client_id, connection_id, receipt_id),
    FOREIGN KEY (client_id, connection_id) REFERENCES connections ON DELETE CASCADE
);
CALL wall_client_table('privacy_demands');
