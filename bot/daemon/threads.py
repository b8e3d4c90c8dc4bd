"""The threads on which the scheduler's jobs run.

APScheduler drops a job that comes due while it is still at work, and warns of it each time. Here it
is done once more as soon as it has ended, however often it came due meanwhile: whatever happened
in the middle of its work is looked at at once, and there is nothing to warn of.
"""

import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.job import Job
from typing_extensions import override


class Threads(ThreadPoolExecutor):  # type: ignore[misc]  # the library has no types
    """So many threads; no job runs on two of them at once."""

    def __init__(self, count: int) -> None:
        """Nothing runs before the scheduler starts."""
        super().__init__(count)
        self._again: dict[str, tuple[Job, Sequence[datetime]]] = {}
        self._ends = threading.Event()

    @override
    def submit_job(self, job: Job, run_times: Sequence[datetime]) -> None:
        """Run ``job`` now, or once more after it has ended where it is at work."""
        with self._lock:  # one that its holder may take again
            if self._instances.get(job.id):
                self._again[job.id] = job, run_times
            elif not self._ends.is_set():
                super().submit_job(job, run_times)

    @override
    def shutdown(self, wait: bool = True) -> None:
        """Begin nothing any more."""
        with self._lock:
            self._ends.set()
        super().shutdown(wait)

    @override
    def _run_job_success(self, job_id: str, events: Sequence[Any]) -> None:
        super()._run_job_success(job_id, events)
        self._once_more(job_id)

    @override
    def _run_job_error(self, job_id: str, exc: Exception, traceback: Any = None) -> None:
        super()._run_job_error(job_id, exc, traceback)
        self._once_more(job_id)

    def _once_more(self, job_id: str) -> None:
        with self._lock:
            if (waiting := self._again.pop(job_id, None)) is not None:
                self.submit_job(*waiting)
