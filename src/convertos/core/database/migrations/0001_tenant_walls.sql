-- Whose rows a transaction may see is told by two settings that live as long as the transaction.
-- Without them there are no rows; with garbage in them there is an error.
CREATE FUNCTION app_clients() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(nullif(current_setting('app.clients', true), ''), '{}')::uuid[] $$;

CREATE FUNCTION app_organization() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('app.organization', true), '')::uuid $$;

-- Every table of a tenant is walled by one of these. FORCE also stops the owner, so migrations get a policy.
CREATE PROCEDURE wall_table(target regclass, app_condition text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    EXECUTE format('CREATE POLICY owner_migrates ON %s TO :owner USING (true) WITH CHECK (true)', target);
    EXECUTE format('CREATE POLICY worker_serves_all ON %s TO :worker USING (true) WITH CHECK (true)', target);
    EXECUTE format('CREATE POLICY app_stays_inside ON %s TO :app USING (%s) WITH CHECK (%s)',
                   target, app_condition, app_condition);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO :app, :worker', target);
END $$;

CREATE PROCEDURE wall_client_table(target regclass) LANGUAGE sql AS
$$ CALL wall_table(target, 'client_id = ANY ((SELECT app_clients())::uuid[])') $$;

CREATE PROCEDURE wall_organization_table(target regclass) LANGUAGE sql AS
$$ CALL wall_table(target, 'organization_id = (SELECT app_organization())') $$;

REVOKE ALL ON PROCEDURE wall_table, wall_client_table, wall_organization_table FROM PUBLIC;
GRANT SELECT ON schema_migrations TO :app, :auth, :ingest, :worker;
