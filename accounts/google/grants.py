"""What the two service accounts of a stack are granted, as pure functions.

Source of the roles: https://cloud.google.com/iam/docs/roles-permissions (2026-11).
"""

from accounts.google.policy import Grant
from accounts.google.project import GoogleProject

# What a preview asks; none of these reads an object, a secret or a log.
_READ = (
    "roles/artifactregistry.reader",
    "roles/browser",
    "roles/cloudkms.viewer",
    "roles/compute.viewer",
    "roles/container.clusterViewer",
    "roles/iam.securityReviewer",
    "roles/serviceusage.serviceUsageConsumer",
    "roles/storage.bucketViewer",
)
# What `up` and `destroy` change.
_CHANGE = (
    "roles/artifactregistry.admin",
    "roles/compute.networkAdmin",
    "roles/compute.securityAdmin",
    "roles/container.admin",
    "roles/iam.serviceAccountAdmin",
    "roles/iam.serviceAccountUser",
    "roles/logging.configWriter",
)
# What `up` may grant in the project to what it makes: nodes and models, nobody who changes anything.
_GRANTABLE = (
    "roles/artifactregistry.reader",
    "roles/container.defaultNodeServiceAccount",
    "roles/logging.logWriter",
    "roles/monitoring.metricWriter",
    "roles/monitoring.viewer",
    "roles/stackdriver.resourceMetadata.writer",
)


def in_project(declared: GoogleProject, purpose: str) -> list[Grant]:
    """Grants in the project."""
    grants = [Grant(role) for role in _READ]
    if purpose == "preview":
        return grants
    bucket = f'!resource.name.startsWith("projects/_/buckets/{declared.bucket}")'
    ring = f'!resource.name.startsWith("{declared.ring}")'
    roles = ", ".join(f'"{role}"' for role in _GRANTABLE)
    modified = 'api.getAttribute("iam.googleapis.com/modifiedGrantsByRole", [])'
    return [
        *grants,
        *(Grant(role) for role in _CHANGE),
        Grant("roles/cloudkms.admin", "not-the-keys-of-the-state", ring),
        Grant("roles/resourcemanager.projectIamAdmin", "harmless-roles", f"{modified}.hasOnly([{roles}])"),
        Grant("roles/storage.admin", "not-the-state", bucket),
    ]


def in_bucket(declared: GoogleProject, purpose: str) -> list[Grant]:
    """Grants in the state bucket: names of all objects, content of the stack's own.

    The paths are those of Pulumi's own backend (pkg/backend/diy of v3.259.0).
    """
    own = _paths(declared, declared.stack)
    meta = f"{_root(declared)}meta.yaml"
    others = [_paths(declared, stack)[0] for stack in declared.reads]
    listing = Grant("roles/storage.legacyBucketReader")
    if purpose == "preview":
        return [listing, Grant("roles/storage.objectViewer", "state", _any_of([*own, *others, meta]))]
    grants = [listing, Grant("roles/storage.objectUser", "state", _any_of([*own, meta]))]
    return [*grants, Grant("roles/storage.objectViewer", "outputs-of-others", _any_of(others))] if others else grants


def in_key(purpose: str) -> list[Grant]:
    """Grants on the key of the stack's secrets."""
    role = "cryptoKeyDecrypter" if purpose == "preview" else "cryptoKeyEncrypterDecrypter"
    return [Grant(f"roles/cloudkms.{role}")]


def in_account() -> list[Grant]:
    """What a subject of GitHub is granted on the service account."""
    return [Grant("roles/iam.workloadIdentityUser")]


def _root(declared: GoogleProject) -> str:
    return f"projects/_/buckets/{declared.bucket}/objects/.pulumi/"


def _paths(declared: GoogleProject, stack: str) -> list[str]:
    """The objects of one stack as prefixes, its state first."""
    project = declared.pulumi_project
    paths = (
        f"stacks/{project}/{stack}.json",
        f"stacks/{project}/{stack}.pulumi-tags",
        f"history/{project}/{stack}/",
        f"backups/{project}/{stack}/",
        f"locks/organization/{project}/{stack}/",
    )
    return [f"{_root(declared)}{path}" for path in paths]


def _any_of(prefixes: list[str]) -> str:
    return " || ".join(f'resource.name.startsWith("{prefix}")' for prefix in prefixes)
