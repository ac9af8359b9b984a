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

    Returns:
        how many there were. Their processes, should they go on, hear that the database went away.
    """
    rows = await transaction.tuples(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE usename = current_user AND datname = current_database() AND pid <> pg_backend_pid()
          AND xact_start IS NOT NULL AND wait_event = 'ClientRead'
          AND greatest(query_start, state_change) < clock_timestamp() - make_interval(secs => %s)
        """,
        (seconds,),
    )
    return len(rows)
