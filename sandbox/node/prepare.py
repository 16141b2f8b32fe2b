"""Everything a node needs before it starts: tools, images, certificates, configuration files, the plan."""

import hashlib
import json
import os
import secrets
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from catalog.places import CLONE, cache_dir
from providers.slipway_s3.keys import secret_key
from sandbox.gateway import bootstrap
from sandbox.node import daemons, host, kubeconfig, network, packages, pki
from sandbox.node.cgroups import find as find_groups
from sandbox.node.layout import Layout, write_private
from sandbox.node.plan import Plan
from sandbox.node.progress import Progress
from sandbox.toolchain import locate


@dataclass(frozen=True)
class Prepared:
    """A node ready to be started.

    Args:
        mode: how it is run.
        plan: what its PID 1 gets.
        digest: of all that a running node was started with; another digest means it has to be started again.
        images: image references by name; empty without real pods.
        cluster_id: the cluster's own id.
    """

    mode: host.Mode
    plan: Plan
    digest: str
    images: Mapping[str, str]
    cluster_id: str


def decide(layout: Layout, progress: Progress, *, simulation: bool) -> host.Mode:
    """Find out how the node can be run here, installing missing system packages where that is all that lacks.

    Args:
        layout: where things are on this machine.
        progress: told of what is installed.
        simulation: real pods are not wanted.

    Raises:
        SlipwayError: no node can be run at all, or a package could not be installed.
    """
    own_user = host.own_user_needed()
    if simulation:
        return host.Mode(real_pods=False, missing=("simulation only was asked for",), own_user=own_user)
    missing = host.lacking_privileges(Path("/proc/self/status").read_text(), os.geteuid(), find_groups())
    if not missing and own_user:
        missing = ("namespaces without a user namespace around them",)
    missing = missing or host.lacking_groups()
    if not missing and (lacking := packages.lacking()):
        if packages.installable():
            packages.install(lacking, progress)
        else:
            missing = (f"packages {' '.join(lacking)} (no apt-get here to install them)",)
    missing = missing or host.lacking_kernel(layout.data / "tmp")
    return host.Mode(real_pods=not missing, missing=missing, own_user=own_user)


def prepare(layout: Layout, mode: host.Mode, progress: Progress) -> Prepared:
    """Make or check everything, and write the files the node reads.

    Raises:
        SlipwayError: a tool or an image cannot be had, or a file cannot be written.
    """
    images = _images(layout, progress) if mode.real_pods else {}
    for word in pki.ensure(layout.pki):
        progress("certificates", word, 0.0)
    inside = Layout.inside()
    texts = daemons.config_texts(
        inside,
        pause=images.get("pause", ""),
        cni_plugins=str(packages.plugins() or ""),
        stages=locate.data("kwok-stages.yaml").read_text(),
    )
    texts |= {f"{subject.file}.kubeconfig": kubeconfig.inside(inside.pki, subject.file) for subject in pki.CLIENTS}
    for name, text in texts.items():
        file = layout.conf / name
        file.parent.mkdir(exist_ok=True, mode=0o700)
        write_private(file, text)
    plan = _plan(layout, inside, mode)
    write_private(layout.plan, plan.to_json())
    return Prepared(mode, plan, _digest(plan, texts, layout.pki), images, _once(layout.identity, secrets.token_hex(5)))


def _plan(layout: Layout, inside: Layout, mode: host.Mode) -> Plan:
    names = daemons.CONTROL_TOOLS + (daemons.POD_TOOLS if mode.real_pods else ())
    tools = {name: locate.tool(name) for name in names}
    if mode.real_pods:
        tools["containerd"] = packages.find("containerd") or Path("containerd")
    programs = daemons.Programs(
        tools=tools,
        python=sys.executable,
        envoy=tuple(bootstrap.command(daemons.XDS / "bootstrap.json")),
        s3_root=_s3_root(layout),
        registry_secret=_once(layout.registry_secret, secrets.token_urlsafe(30)),
    )
    places = {CLONE, cache_dir(), Path(sys.prefix), Path(sys.base_prefix), *(tool.parent for tool in tools.values())}
    return Plan(
        real_pods=mode.real_pods,
        root=str(layout.root),
        keep=tuple(sorted(map(str, places))),
        cwd=str(CLONE),
        path=packages.search_path(),
        daemons=daemons.Table(programs, inside).daemons(real_pods=mode.real_pods),
    )


def _digest(plan: Plan, texts: Mapping[str, str], certificates: Path) -> str:
    whole = hashlib.sha256(plan.to_json().encode())
    for name in sorted(texts):
        whole.update(f"\0{name}\0{texts[name]}".encode())
    for file in sorted(certificates.glob("*.crt")):
        whole.update(file.read_bytes())
    return whole.hexdigest()


def _images(layout: Layout, progress: Progress) -> dict[str, str]:
    from sandbox.images import build, registry

    begun = time.monotonic()
    containerd = layout.data / "containerd"
    build.ensure_images(progress, unpack=registry.is_new(containerd))
    digests = registry.seed(layout.data / "registry")
    registry.seed_node(containerd)
    progress("images", f"{len(digests)} images in the registry", time.monotonic() - begun)
    return {name: f"{network.REGISTRY}/slipway/{name}@{digest}" for name, digest in digests.items()}


def _s3_root(layout: Layout) -> tuple[str, str]:
    """The S3 server's root credentials: made once, and anew if they were lost; only the server has to know them."""
    try:
        raw = json.loads(layout.s3_root.read_text())
        return str(raw["access_key"]), str(raw["secret_key"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        fresh = {"access_key": f"slipway{secrets.token_hex(6)}", "secret_key": secret_key()}
        write_private(layout.s3_root, json.dumps(fresh))
        return fresh["access_key"], fresh["secret_key"]


def _once(file: Path, fresh: str) -> str:
    """The word that a private file keeps; `fresh`, from now on, where it keeps none."""
    kept = file.read_text().strip() if file.exists() else ""
    if not kept:
        write_private(file, fresh)
    return kept or fresh
