"""What a Google project must have before a stack's first `up`, in the order in which it is made."""

from collections.abc import Sequence
from functools import partial

from accounts.google import identity, services
from accounts.google.bucket import Bucket
from accounts.google.key import Key
from accounts.google.project import Project
from accounts.plan import Part, Use


def parts(project: Project, sealed: Sequence[str] = ()) -> list[Part]:
    """The parts: services, keys, bucket and, where the stack names its repository, pool and two service accounts.

    Args:
        project: the project.
        sealed: files with values that only the stack's key opens.
    """
    declared = project.declared
    bucket = Bucket(project, partial(identity.of_other_stacks, project))

    def of_bucket() -> list[Use]:
        stays = not bucket.gone() and bool(bucket.uses())
        return [Use("the state bucket stays, and this key opens it", ours=False)] if stays else []

    def of_secrets() -> list[Use]:
        own = [] if bucket.gone() else [use for use in bucket.uses() if use.ours]
        files = [Use(f"{file} has values that only this key opens", ours=False) for file in sealed]
        return [*own, *files]

    secrets = Key(project, declared.secrets_key, None, of_secrets)
    made: list[Part] = [
        services.Services(project),
        Key(project, declared.bucket_key, bucket.agent, of_bucket),
        secrets,
        bucket,
    ]
    if declared.ci is not None:
        made += [
            identity.Pool(project),
            identity.ServiceAccount(project, "preview", secrets, bucket),
            identity.ServiceAccount(project, "apply", secrets, bucket),
        ]
    return made


def outputs(project: Project) -> dict[str, str]:
    """What a person puts into the stack file and into GitHub."""
    declared = project.declared
    said = {"backend": declared.backend, "secrets_provider": declared.secrets_provider}
    if declared.ci is None:
        return said
    pool = declared.pool.replace(f"projects/{declared.project}/", f"projects/{project.number}/")
    return {
        **said,
        "preview_service_account": declared.service_account("preview"),
        "apply_service_account": declared.service_account("apply"),
        "workload_identity_provider": f"{pool}/providers/github",
    }
