"""As whom a job runs."""

from directory import permissions
from directory.actors import Actor, ActorKind, Door, system
from directory.models import Administrator, Job

#: The worker itself: what it writes about jobs, and what nobody asked for by name.
WORKER = system(Door.JOB, label="worker")


def actor_of(job: Job) -> Actor:
    """Whoever asked for the job, with the rights held now: none for an administrator who is gone or inactive.

    They proved who they are when they asked, and that counts. A job that the host asked for runs as the host.
    """
    if job.created_by is None:
        return system(Door.JOB, label="worker", request_id=job.id.hex)
    administrator = Administrator.objects.filter(pk=job.created_by).first()
    everywhere, organizations = permissions.rights_of(administrator) if administrator else (frozenset(), {})
    return Actor(
        kind=ActorKind.ADMINISTRATOR,
        door=Door.JOB,
        id=job.created_by,
        label=administrator.email if administrator else "",
        everywhere=everywhere,
        organizations=organizations,
        reauthenticated=True,
        request_id=job.id.hex,
    )
