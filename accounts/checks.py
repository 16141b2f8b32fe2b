"""What was looked at before the first `up`, and what was found; what nobody knows is never green."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from catalog.capacity import Need
from catalog.machines import Machine


class Verdict(StrEnum):
    """What a look gave."""

    FINE = "fine"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One look.

    Attributes:
        subject: at what: `quota`, `zones`, `name`, `image`.
        name: of it.
        found: how it is.
        needed: how it must be.
        fix: what to do where it is not fine.
    """

    subject: str
    name: str
    verdict: Verdict
    found: str = ""
    needed: str = ""
    fix: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Placement:
    """Where one pool's nodes may be.

    Attributes:
        machines: that they may have.
        zones: where they are to be.
        named: the stack names these zones: each must have one of the types; else one zone is enough.
    """

    pool: str
    machines: Sequence[Machine]
    zones: Sequence[str]
    named: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Unpinned:
    """A node image of which no release is pinned.

    Attributes:
        pools: whose nodes have it.
        parameter: where the cloud says which release is the newest.
    """

    pools: Sequence[str]
    parameter: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Questions:
    """What a stack must know of its account.

    Attributes:
        needs: of quotas.
        placements: of pools.
        control_plane: the region, or the zone of a zonal cluster.
        cluster: its name.
        buckets: names of the buckets that it makes.
        addresses: public addresses of gateways that it makes; 0 without.
        images: of nodes, that are not pinned.
    """

    stack: str
    region: str
    control_plane: str
    needs: Sequence[Need]
    placements: Sequence[Placement]
    cluster: str
    buckets: Sequence[str]
    addresses: int = 0
    images: Sequence[Unpinned] = ()


def exit_code(checks: Sequence[Check]) -> int:
    """0: all fine, 1: something is wrong, 3: something is not known."""
    verdicts = {check.verdict for check in checks}
    if Verdict.WRONG in verdicts:
        return 1
    return 3 if Verdict.UNKNOWN in verdicts or not verdicts else 0


def unasked(questions: Questions, request: Mapping[str, str]) -> list[Check]:
    """All questions without an answer, with what a person asks or requests instead.

    Args:
        questions: of the stack.
        request: command to request a quota, by its code.
    """
    quotas = [
        Check(
            subject="quota",
            name=name_of(need),
            verdict=Verdict.UNKNOWN,
            found="not asked",
            needed=f"{need.needed} {need.unit} ({', '.join(need.pools)})",
            fix=request.get(need.code or "", f"look for {need.what} in the cloud's console"),
        )
        for need in questions.needs
    ]
    zones = [
        Check(
            subject="zones",
            name=placement.pool,
            verdict=Verdict.UNKNOWN,
            found="not asked",
            needed=f"{' or '.join(machine.name for machine in placement.machines)} in {', '.join(placement.zones)}",
            fix="run it with credentials",
        )
        for placement in questions.placements
    ]
    names = [
        Check(
            subject="name",
            name=name,
            verdict=Verdict.UNKNOWN,
            found="not asked",
            needed="free",
            fix="run it with credentials",
        )
        for name in (f"cluster {questions.cluster}", *(f"bucket {bucket}" for bucket in questions.buckets))
    ]
    return [*quotas, *zones, *names, *(of_image(image, None) for image in questions.images)]


def name_of(need: Need) -> str:
    """A quota by its code and name, where it counts."""
    return f"{need.code or 'code not known'} {need.what} ({need.region})"


def of_quota(need: Need, limit: float | None, used: float | None, fix: str) -> Check:
    """Whether a quota suffices.

    Args:
        need: of it.
        limit: of the account; None: not known.
        used: by everything else in the account; None: not known.
        fix: how more of it is requested.
    """
    needed = f"{need.needed} {need.unit} ({', '.join(need.pools)})"
    if limit is None:
        verdict, found = Verdict.UNKNOWN, "the limit is not known"
    elif limit < need.needed:
        verdict, found = Verdict.WRONG, f"the limit is {limit:g}"
    elif used is None:
        verdict, found = Verdict.UNKNOWN, f"the limit is {limit:g}; how much others use of it is not known"
    else:
        enough = limit - used >= need.needed
        verdict, found = (Verdict.FINE if enough else Verdict.WRONG), f"the limit is {limit:g}, others use {used:g}"
    return Check(
        subject="quota", name=name_of(need), verdict=verdict, found=found, needed=needed,
        fix="" if verdict is Verdict.FINE else fix,
    )  # fmt: skip


def of_placement(placement: Placement, offered: Mapping[str, set[str]]) -> Check:
    """Whether the zones have what a pool's nodes may be.

    Args:
        placement: of the pool.
        offered: zones by machine type, as the cloud says.
    """
    types = [machine.name for machine in placement.machines]
    having = [zone for zone in placement.zones if any(zone in offered.get(name, ()) for name in types)]
    fine = bool(having) and (not placement.named or len(having) == len(placement.zones))
    everywhere = sorted({zone for name in types for zone in offered.get(name, ())})
    return Check(
        subject="zones", name=placement.pool, verdict=Verdict.FINE if fine else Verdict.WRONG,
        found=f"in {', '.join(having)}" if having else "in none of them",
        needed=f"{' or '.join(types)} in {'all' if placement.named else 'one'} of {', '.join(placement.zones)}",
        fix="" if fine else f"zones of the region that have it: {', '.join(everywhere) or 'none'}",
    )  # fmt: skip


def of_name(name: str, *, taken: bool, ours: bool, by: str = "in this account") -> Check:
    """Whether a name is free.

    Args:
        name: with what it is of.
        taken: whether something bears it.
        ours: whether that is this stack's own.
        by: where what bears it is.
    """
    if not taken:
        return Check(subject="name", name=name, verdict=Verdict.FINE, found="free", needed="free")
    if ours:
        return Check(
            subject="name", name=name, verdict=Verdict.FINE, found="this stack's own", needed="free or its own"
        )
    return Check(
        subject="name", name=name, verdict=Verdict.WRONG, found=f"taken {by}", needed="free or its own",
        fix="choose another name in the stack file, or remove what is there",
    )  # fmt: skip


def of_image(image: Unpinned, release: str | None) -> Check:
    """Which release of an image nodes would get now; that it is not pinned is said, and no mistake.

    Args:
        image: of nodes.
        release: the newest; None: not known.
    """
    return Check(
        subject="image", name=", ".join(image.pools), verdict=Verdict.FINE if release else Verdict.UNKNOWN,
        found=f"not pinned; the newest is {release}" if release else "not pinned; the newest is not known",
        needed="the newest whenever EKS makes or updates a group",
        fix=f"to pin it: image: {release}" if release else f"read {image.parameter}, and give it as image",
    )  # fmt: skip
