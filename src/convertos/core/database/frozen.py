"""Takes their locks away from processes that have fallen silent in the middle of a transaction.

A process that is frozen, or whose machine has lost its network, keeps what it has locked, and with it everybody
who wants the same. PostgreSQL's own time limit for idle transactions does not see those that are silent in the
middle of a pipeline: to it they are active. `transaction_timeout` would, but it comes with PostgreSQL 17 and
does not tell silence from work.
"""

from convertos.core.database.transaction import Transaction

MOST_SILENT_SECONDS = 30.0


async def end_frozen(transaction: Transaction, seconds: float = MOST_SILENT_SECONDS) -> int:
    """End the sessions of this role in whose transaction PostgreSQL has waited so long for its client.

    With them go the others of the same process that are in a transaction: one that waits for a lock would get
    it next, and be silent in its turn.

    Returns:
        how many there were. Their processes, should they go on, hear that the database went away.
    """
    rows = await transaction.tuples(
        """
        WITH ours AS MATERIALIZED (
            SELECT pid, application_name, coalesce(wait_event = 'ClientRead' AND greatest(query_start, state_change)
                       < clock_timestamp() - make_interval(secs => %s), false) AS is_silent
            FROM pg_stat_activity
            WHERE usename = current_user AND datname = current_database() AND pid <> pg_backend_pid()
              AND xact_start IS NOT NULL
        )
        SELECT pg_terminate_backend(pid) FROM ours
        WHERE is_silent OR application_name IN (
            SELECT application_name FROM ours
            WHERE is_silent AND application_name <> current_setting('application_name'))
        """,
        (seconds,),
    )
    return len(rows)
