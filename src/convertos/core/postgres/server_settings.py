"""PostgreSQL's settings for one small machine that also runs the application.

Source: PostgreSQL 18 documentation, chapter 19 "Server Configuration", checked November 2026.
"""

from collections.abc import Mapping
from typing import Final

DEFAULTS: Final[Mapping[str, str]] = {
    "listen_addresses": "",
    "unix_socket_directories": "../run",  # below the data directory: no limit of 107 bytes for the path
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    # Durability: a receipt that was acknowledged survives a power cut.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_level": "replica",  # a base backup or an archive can be added without a restart
    "max_wal_size": "1GB",
    # Memory: the whole of web, worker and database stays below 350 MB when idle.
    "shared_buffers": "128MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "effective_cache_size": "1GB",
    "max_worker_processes": "4",
    "max_parallel_workers": "2",
    "max_logical_replication_workers": "0",
    # Plans: a solid-state disk; compiling costs more than our queries take.
    "random_page_cost": "1.1",
    "jit": "off",
    "autovacuum": "on",
    "timezone": "UTC",
    "lc_messages": "C",
    # A week of logs, by weekday, without personal data: no statements, no values of a violated key.
    "logging_collector": "on",
    "log_directory": "../log",
    "log_filename": "postgresql-%a.log",
    "log_file_mode": "0600",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_line_prefix": "%m [%p] ",
    "log_timezone": "UTC",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}


def server_arguments(settings: Mapping[str, str]) -> list[str]:
    """The arguments for `postgres`; given settings win over the defaults."""
    return [part for name, value in {**DEFAULTS, **settings}.items() for part in ("-c", f"{name}={value}")]
