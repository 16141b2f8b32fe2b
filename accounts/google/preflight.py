"""What a Google project says before the first `up`: quotas and their use, zones, names; only reads."""

from collections.abc import Mapping
from typing import Any

from accounts import checks
from accounts.checks import Check, Placement, Questions
from accounts.google.project import GoogleProject, Project
from catalog.capacity import GLOBAL, Need
from catalog.errors import SlipwayError
from catalog.machines import Machine

_COMPUTE = "https://compute.googleapis.com/compute/v1/projects"
_STACK_LABEL = "slipway-stack"


def request(declared: GoogleProject, need: Need) -> str:
    """How a quota is requested by hand."""
    where = "of all regions" if need.region == GLOBAL else f"in {need.region}"
    console = f"https://console.cloud.google.com/iam-admin/quotas?project={declared.project}"
    return f"request {need.needed} of {need.code or need.what} {where} at {console}"


def ask(project: Project, questions: Questions) -> list[Check]:
    """All questions, answered by the project. What Google counts as used includes nodes that this stack has already.

    Raises:
        SlipwayError: Google refused to answer.
    """
    known = _quotas(project, questions.region)
    quotas = []
    for need in questions.needs:
        quota = known.get((need.region, need.code or ""), {})
        quotas.append(checks.of_quota(need, quota.get("limit"), quota.get("usage"), request(project.declared, need)))
    zones = [checks.of_placement(each, _offered(project, each)) for each in questions.placements]
    names = [_cluster(project, questions), *(_bucket(project, name) for name in questions.buckets)]
    return [*quotas, *zones, *names]


def _quotas(project: Project, region: str) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Limit and use by place and metric."""
    base, what = f"{_COMPUTE}/{project.declared.project}", f"quotas of {project.declared.project}"
    answers = {
        GLOBAL: project.ask("GET", base, what),
        region: project.ask("GET", f"{base}/regions/{region}", what),
    }
    return {
        (where, quota["metric"]): quota
        for where, answer in answers.items()
        for quota in (answer or {}).get("quotas", [])
    }


def _offered(project: Project, placement: Placement) -> dict[str, set[str]]:
    """Zones that have a machine type and what is attached to it."""
    return {
        machine.name: {zone for zone in placement.zones if _has(project, zone, machine)}
        for machine in placement.machines
    }


def _has(project: Project, zone: str, machine: Machine) -> bool:
    base, what = f"{_COMPUTE}/{project.declared.project}/zones/{zone}", f"machine types of {zone}"
    if project.ask("GET", f"{base}/machineTypes/{_type(machine)}", what) is None:
        return False
    # What a type always carries is not offered apart from it.
    attached = machine.gcp_accelerator if machine.family == "n1" else None
    return attached is None or project.ask("GET", f"{base}/acceleratorTypes/{attached}", what) is not None


def _type(machine: Machine) -> str:
    return machine.name.partition("+")[0]


def _cluster(project: Project, questions: Questions) -> Check:
    place = f"projects/{project.declared.project}/locations/{questions.control_plane}"
    url, what = (
        f"https://container.googleapis.com/v1/{place}/clusters/{questions.cluster}",
        f"cluster {questions.cluster}",
    )
    cluster = project.ask("GET", url, what)
    return checks.of_name(
        what, taken=cluster is not None, ours=_is_ours(project, (cluster or {}).get("resourceLabels"))
    )


def _bucket(project: Project, name: str) -> Check:
    url, what = f"https://storage.googleapis.com/storage/v1/b/{name}", f"bucket {name}"
    try:
        bucket = project.ask("GET", url, what)
    except SlipwayError as error:
        if error.value != "403":
            raise
        return checks.of_name(what, taken=True, ours=False, by="in another project, or closed to you")
    if bucket is not None and str(bucket.get("projectNumber", "")) != project.number:
        return checks.of_name(what, taken=True, ours=False, by="in another project")
    return checks.of_name(what, taken=bucket is not None, ours=_is_ours(project, (bucket or {}).get("labels")))


def _is_ours(project: Project, labels: Mapping[str, str] | None) -> bool:
    return (labels or {}).get(_STACK_LABEL) == project.declared.stack
