"""Log lines: JSON for machines, text on a terminal; never personal data and never a secret.

Nothing that arrived from outside is logged, only ids of ours and words of ours. As a second wall, values
under names that could hold something else are masked whatever they are.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_FORBIDDEN = re.compile(
    r"e_?mail|phone|name$|address|secret|password|token|signature|authorization|cookie|body|payload|api_?key"
    r"|dsn|conninfo|query",
    re.IGNORECASE,
)
_ALLOWED = frozenset({"event", "logger_name", "process_name", "topic_name", "job_name", "queue_name"})


def mask_personal_data(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replaces the values of names that could hold personal data or secrets."""
    for key in event:
        if key not in _ALLOWED and _FORBIDDEN.search(key):
            event[key] = "[masked]"
    return event


def _exception_without_values(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    # A database error's text quotes the offending row; its kind and place say enough.
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["error"] = type(error).__qualname__
        if sqlstate := getattr(error, "sqlstate", None):
            event["sqlstate"] = sqlstate
        event["at"] = _places(error)
    return event


def _places(error: BaseException) -> list[str]:
    places: list[str] = []
    traceback = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        module = str(traceback.tb_frame.f_globals.get("__name__", "?"))
        places.append(f"{module}.{code.co_name}:{traceback.tb_lineno}")
        traceback = traceback.tb_next
    return places[-12:]


class _FirstLineOnly(logging.Filter):
    """asyncio describes a task's error below its first line, with whatever the error holds."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = record.getMessage().partition("\n")[0], None
        return True


def configure_logging(level: str = "info", form: str = "auto", *, process: str) -> None:
    """Set up structlog and send the standard library's loggers the same way.

    Args:
        form: `json`, `text`, or `auto` (text on a terminal).
        process: which process writes (`web`, `worker`, ...).
    """
    is_text = form == "text" or (form == "auto" and sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at_time"),
        _add(process=process),
        _exception_without_values,
        mask_personal_data,
    ]
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(colors=True) if is_text else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.getLogger("asyncio").addFilter(_FirstLineOnly())
    # These write addresses with their queries, or a line for each request.
    for noisy in ("httpx", "httpcore", "uvicorn.access", "procrastinate", "psycopg.pool"):
        logging.getLogger(noisy).setLevel("WARNING")


def _add(**fields: str) -> Processor:
    def processor(_logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]) -> EventDict:
        return {**fields, **event}

    return processor


def get_logger(module: str) -> structlog.stdlib.BoundLogger:
    """The logger of a module."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(module)
    return logger
