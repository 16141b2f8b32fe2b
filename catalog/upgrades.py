"""From one Kubernetes version to the next: the steps in their order, and what forbids them; pure functions.

Sources, read 2026-11: https://kubernetes.io/releases/version-skew-policy/ (one minor version at a time, nodes never
newer than the API server and, since 1.28, at most three versions older), the order on EKS
https://docs.aws.amazon.com/eks/latest/userguide/update-cluster.html, and on GKE, whose nodes are at most two versions
older, https://cloud.google.com/kubernetes-engine/versioning.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from catalog.errors import SlipwayError

Kind = Literal["eks", "gke"]

SKEW: Mapping[Kind, int] = {"eks": 3, "gke": 2}
"""By how many minor versions nodes may be older than the control plane."""
_VERSION = re.compile(r"1\.(\d{2})")


@dataclass(frozen=True, slots=True)
class Range:
    """Which Kubernetes a release of something supports.

    Attributes:
        name: of the engine or chart.
        release: of it, as its project numbers them.
        oldest: minor version of Kubernetes.
        newest: minor version of Kubernetes; None: the project names none.
        source: where its project says so, and when that was read.
    """

    name: str
    release: str
    oldest: int
    newest: int | None
    source: str

    def has(self, minor: int) -> bool:
        """Whether it supports this minor version."""
        return self.oldest <= minor and (self.newest is None or minor <= self.newest)

    def __str__(self) -> str:
        """`seldon1 1.19: 1.23 to 1.35`."""
        upper = f"to 1.{self.newest}" if self.newest else "or newer, no last one is named"
        return f"{self.name} {self.release}: 1.{self.oldest} {upper}"


_SELDON1 = "https://docs.seldon.ai/seldon-core-1/getting-started/installation/installation, read 2026-11"
_SELDON2 = "https://github.com/SeldonIO/seldon-core docs-gb at v2.10.2, read 2026-11"
_KSERVE = "https://kserve.github.io/website/docs/0.17/getting-started/quickstart-guide, read 2026-11"
_KARPENTER = "https://endoflife.date/karpenter, of 2026-05"
_CERT_MANAGER = "https://cert-manager.io/docs/releases/, read 2026-11"

RANGES = (
    Range("seldon1", "1.16", 23, 27, _SELDON1),
    Range("seldon1", "1.17", 23, 27, _SELDON1),
    Range("seldon1", "1.18", 23, 27, _SELDON1),
    Range("seldon1", "1.19", 23, 35, _SELDON1),
    Range("seldon2", "2.10", 27, 33, _SELDON2),
    Range("kserve", "0.17", 32, None, _KSERVE),
    Range("cert-manager", "1.20", 32, 35, _CERT_MANAGER),
    Range("cert-manager", "1.21", 33, 36, _CERT_MANAGER),
    Range("karpenter", "1.8", 29, 34, _KARPENTER),
    Range("karpenter", "1.11", 29, 35, _KARPENTER),
)

# What an engine brings along.
_CHARTS: Mapping[str, tuple[str, ...]] = {"kserve": ("cert-manager",)}
# Add-ons in the order in which they are brought up: the network before what needs it.
_ADDONS: Mapping[Kind, tuple[str, ...]] = {
    "eks": ("vpc-cni", "kube-proxy", "eks-pod-identity-agent", "coredns", "aws-ebs-csi-driver"),
    "gke": (),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    """What a stack says of its cluster, as far as an upgrade is concerned.

    Attributes:
        version: its Kubernetes, `1.NN`.
        pools: version of the pinned node image by pool, None where it follows the cluster.
        engines: what serves, without `plain`, which is made of Kubernetes' own objects.
        karpenter: whether it makes nodes.
        autoscaler: whether Cluster Autoscaler of Slipway's own gives pools their nodes.
    """

    kind: Kind
    version: str
    pools: Mapping[str, str | None]
    engines: Sequence[str] = ()
    karpenter: bool = False
    autoscaler: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what of the cluster, and what is done."""

    part: Literal["charts", "engines", "control plane", "add-ons", "pools", "proof"]
    text: str


@dataclass(frozen=True, slots=True)
class Upgrade:
    """The way to a version.

    Attributes:
        steps: in their order; empty where there is nothing to do or something forbids it.
        refused: everything that forbids it.
        unverified: what nobody here knows and somebody must look at.
    """

    steps: tuple[Step, ...]
    refused: tuple[SlipwayError, ...]
    unverified: tuple[str, ...]


def plan(cluster: Cluster, to: str) -> Upgrade:
    """The steps from the cluster's version to another, or why there are none.

    Args:
        cluster: as the stack declares it.
        to: `1.NN`.
    """
    if not (wanted := _VERSION.fullmatch(to)):
        return Upgrade((), (SlipwayError("--to", to, "no minor version of Kubernetes", "give one such as 1.35"),), ())
    minor, current = int(wanted[1]), _minor(cluster.version)
    if minor == current:
        return Upgrade((), (), ())
    refused = [*_way(current, minor), *_skew(cluster, minor), *_supported(cluster, minor)]
    if refused:
        return Upgrade((), tuple(refused), ())
    return Upgrade(tuple(_steps(cluster, current, minor)), (), tuple(_unverified(cluster, minor)))


def _minor(version: str) -> int:
    return int(version.split(".")[1])


def _way(current: int, minor: int) -> Iterator[SlipwayError]:
    if minor < current:
        why = f"the control plane is at 1.{current}, and no cloud takes one back"
        yield SlipwayError("--to", f"1.{minor}", why, "make a new cluster and move the models there")
    elif minor > current + 1:
        why = f"the control plane is at 1.{current}, and is upgraded one minor version at a time"
        yield SlipwayError("--to", f"1.{minor}", why, f"upgrade to 1.{current + 1} first")


def _skew(cluster: Cluster, minor: int) -> Iterator[SlipwayError]:
    """Nodes that would be too old for the new control plane."""
    most = SKEW[cluster.kind]
    for name, image in cluster.pools.items():
        if image and minor - _minor(image) > most:
            why = f"its nodes would be {minor - _minor(image)} versions older than the control plane; {most} may be"
            fix = f"upgrade the pool to 1.{minor - 1} first"
            yield SlipwayError(f"cluster.pools.{name}.image", image, why, fix)


def _supported(cluster: Cluster, minor: int) -> Iterator[SlipwayError]:
    """Engines and charts of which no release supports the version, as far as their projects say."""
    for name in _installed(cluster):
        known = [each for each in RANGES if each.name == name]
        if known and not any(each.has(minor) for each in known):
            why = f"no release that is known here supports 1.{minor} ({known[-1]}; {known[-1].source})"
            yield SlipwayError(name, "", why, "wait for a release that does, and add its range to catalog/upgrades.py")


def _unverified(cluster: Cluster, minor: int) -> Iterator[str]:
    """Which release runs is not said in a stack file: where not all known ones do, somebody must look."""
    for name in _installed(cluster):
        known = [each for each in RANGES if each.name == name]
        fitting = [each.release for each in known if each.has(minor)]
        if not known:
            yield f"{name}: which Kubernetes it supports is not known here"
        elif len(fitting) < len(known):
            yield f"{name}: 1.{minor} needs release {fitting[0]} or newer; which one runs is not known here"
        if any(each.newest is None for each in known):
            yield f"{name}: its project names no last version, so that nobody says whether it supports 1.{minor}"


def _installed(cluster: Cluster) -> list[str]:
    engines = sorted(set(cluster.engines))
    charts = sorted({chart for engine in engines for chart in _CHARTS.get(engine, ())})
    return [*(["karpenter"] if cluster.karpenter else []), *charts, *engines]


def _steps(cluster: Cluster, current: int, minor: int) -> Iterator[Step]:
    for name in _installed(cluster):
        ranges = [each for each in RANGES if each.name == name]
        told = "; ".join(f"{each} ({each.source})" for each in ranges) or "its range is not known here"
        part: Literal["charts", "engines"] = "engines" if name in cluster.engines else "charts"
        yield Step(part, f"{name}: run a release that supports 1.{current} and 1.{minor}, before all else. {told}")
    said = f'set cluster.kubernetes: "1.{minor}" in the stack file, then slipway preview and slipway up'
    yield Step("control plane", f"from 1.{current} to 1.{minor}: {said}; the nodes stay at their version meanwhile")
    addons = _ADDONS[cluster.kind]
    if addons:
        yield Step("add-ons", f"in this order, each to its version for 1.{minor}: {', '.join(addons)}")
    else:
        yield Step("add-ons", "GKE upgrades its own with the control plane")
    if cluster.autoscaler:
        yield Step("add-ons", f"cluster-autoscaler: its release for 1.{minor} comes with the same slipway up")
    for name, image in cluster.pools.items():
        if image:
            yield Step("pools", f"{name}: pinned to {image}; give it an image of 1.{minor}, then slipway up")
        else:
            yield Step("pools", f"{name}: follows the control plane, one node after the other")
    yield Step("proof", "slipway status: every model is ready; slipway predict MODEL: every model answers")
