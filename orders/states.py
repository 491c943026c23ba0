"""Labels and tones of job states, in the admin and on the page of a job."""

from __future__ import annotations

from orders.models import Job

# A key of `common.admin_lists.SYMBOLS` for each status.
TONES = {
    Job.Status.QUEUED: "waiting",
    Job.Status.RUNNING: "running",
    Job.Status.FINISHED: "ok",
    Job.Status.FAILED: "failed",
    Job.Status.CANCELLED: "off",
}


def tone_and_label(status: int, is_held: bool) -> tuple[str, str]:
    """Return the tone of a job's state, and its name."""
    if is_held:
        return "held", "Held"
    state = Job.Status(status)
    return TONES[state], str(state.label)
