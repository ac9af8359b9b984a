"""The queue's own upkeep."""

from procrastinate import JobContext

from convertos.core.logging import get_logger
from convertos.jobs.queue import queue

_logger = get_logger(__name__)
_STALLED_SECONDS = 60
_KEPT_HOURS = 72


@queue.periodic(cron="* * * * *")
@queue.task(name="jobs.sweep_stalled", queueing_lock="jobs.sweep_stalled", pass_context=True)
async def sweep_stalled(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - the schedule's argument
    """Give jobs whose worker died back to the others."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=_STALLED_SECONDS):
        _logger.warning("job of a dead worker retried", job_id=job.id, task=job.task_name)
        await manager.retry_job(job)


@queue.periodic(cron="17 * * * *")
@queue.task(name="jobs.forget_finished", queueing_lock="jobs.forget_finished", pass_context=True)
async def forget_finished(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - the schedule's argument
    """Delete jobs that ended well long ago."""
    await context.app.job_manager.delete_old_jobs(nb_hours=_KEPT_HOURS)
