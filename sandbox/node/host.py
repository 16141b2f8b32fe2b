"""What this machine allows: real pods, simulation only, or nothing. Decided by trying, in short-lived namespaces."""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from catalog.errors import SlipwayError
from sandbox.node import cgroups, packages

NEEDED_BYTES = 3 * 2**30
"""Free bytes below which the node is not started: kubelet evicts pods below 2 GiB."""

CAPABILITIES = {
    "CAP_CHOWN": 0,
    "CAP_DAC_OVERRIDE": 1,
    "CAP_FOWNER": 3,
    "CAP_KILL": 5,
    "CAP_SETGID": 6,
    "CAP_SETUID": 7,
    "CAP_SETPCAP": 8,
    "CAP_NET_ADMIN": 12,
    "CAP_NET_RAW": 13,
    "CAP_SYS_CHROOT": 18,
    "CAP_SYS_ADMIN": 21,
    "CAP_MKNOD": 27,
    "CAP_SETFCAP": 31,
}
CONTROLLERS = ("cpu", "cpuset", "memory", "pids")
NAMESPACES = ("--mount", "--net", "--pid", "--ipc", "--uts", "--fork", "--kill-child=SIGKILL", "--propagation=slave")
OWN_USER = ("--user", "--map-root-user")

TRIALS = {
    "overlay mounts in the state directory's file system": "mkdir l u w m && "
    "mount -t overlay overlay -o lowerdir=l,upperdir=u,workdir=w m",
    "pairs of network devices (kernel module veth)": "ip link add slipway0 type veth peer name slipway1",
    "packet rules (kernel module nf_tables)": "nft add table ip slipway",
}
"""What real pods need of the kernel -> how to try it as root of fresh namespaces, in an empty directory."""


@dataclass(frozen=True)
class Mode:
    """How the node is to be run.

    Args:
        real_pods: containers run; otherwise everything but containers does.
        missing: what stands in the way of real pods.
        own_user: whether the namespaces need a user namespace around them.
    """

    real_pods: bool
    missing: tuple[str, ...]
    own_user: bool

    @property
    def namespaces(self) -> tuple[str, ...]:
        """Arguments of unshare(1)."""
        return (*(OWN_USER if self.own_user else ()), *NAMESPACES)


def lacking_privileges(status: str, uid: int, groups: Iterable[cgroups.Hierarchy]) -> tuple[str, ...]:
    """What this process is not allowed to do that real pods need.

    Args:
        status: text of /proc/self/status.
        uid: effective user id.
        groups: the control group hierarchies this process is in.
    """
    if uid:
        return (f"root (this is user id {uid})",)
    effective = next((int(line.split()[1], 16) for line in status.splitlines() if line.startswith("CapEff:")), 0)
    absent = [name for name, bit in CAPABILITIES.items() if not effective >> bit & 1]
    reasons = [f"capabilities {' '.join(absent)}"] if absent else []
    known = list(groups)
    there = {name for group in known for name in (group.controllers or _controllers_v2(group.mount))}
    lost = [name for name in CONTROLLERS if name not in there]
    if lost:
        reasons.append(f"control groups with {' '.join(lost)}")
    return tuple(reasons)


def _controllers_v2(mount: Path) -> list[str]:
    file = mount / "cgroup.controllers"
    return file.read_text().split() if file.exists() else []


def lacking_groups() -> tuple[str, ...]:
    """What keeps control groups from being made."""
    name = f"slipway-try-{os.getpid()}"
    try:
        cgroups.make(name)
    except OSError as error:
        return (f"control groups of its own ({error.filename}: {error.strerror})",)
    finally:
        cgroups.remove([cgroups.node_path(group, name) for group in cgroups.find()])
    return ()


def lacking_kernel(directory: Path) -> tuple[str, ...]:
    """What the kernel refuses that real pods need.

    Args:
        directory: where the node's images will be.
    """
    with tempfile.TemporaryDirectory(dir=directory) as place:
        trials = [f"{{ {trial}; }} >/dev/null 2>&1 || echo {shlex.quote(what)}" for what, trial in TRIALS.items()]
        done = _try(NAMESPACES, "\n".join([f"cd {shlex.quote(place)}", *trials]))
    return tuple(done.stdout.splitlines()) if done.returncode == 0 else (f"private namespaces ({done.stderr.strip()})",)


def own_user_needed() -> bool:
    """Whether private namespaces can be had only inside a user namespace.

    Raises:
        SlipwayError: they cannot be had at all.
    """
    if not sys.platform.startswith("linux"):
        raise _no_node("this is not Linux")
    tools = [name for name in ("unshare", "ip") if packages.find(name) is None]
    if tools:
        raise _no_node(f"the programs {' and '.join(tools)} (packages util-linux, iproute2) are missing")
    script = "mount -t proc proc /proc && mount -t tmpfs tmpfs /run && ip link set lo up"
    if os.geteuid() == 0 and _try(NAMESPACES, script).returncode == 0:
        return False
    done = _try((*OWN_USER, *NAMESPACES), script)
    if done.returncode:
        raise _no_node(f"private namespaces are refused: {done.stderr.strip()}")
    return True


def check_space(directory: Path, free: int | None = None) -> None:
    """Refuse to start where the disk is nearly full.

    Args:
        directory: where the node's state is.
        free: free bytes; asked from the system by default.

    Raises:
        SlipwayError: less than `NEEDED_BYTES` are free.
    """
    found = shutil.disk_usage(directory).free if free is None else free
    if found < NEEDED_BYTES:
        raise SlipwayError(
            str(directory),
            f"{found / 2**30:.1f} GiB free",
            f"the sandbox needs {NEEDED_BYTES / 2**30:.0f} GiB of free space",
            "free some space, or name a directory on another disk with SLIPWAY_STATE",
        )


def _try(namespaces: tuple[str, ...], script: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": packages.search_path(), "LC_ALL": "C"}
    command = [packages.find("unshare") or "unshare", *namespaces, "sh", "-c", script]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def _no_node(why: str) -> SlipwayError:
    return SlipwayError(
        "sandbox",
        "",
        f"no node can be run here: {why}",
        "run as root, or allow user namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, "
        "kernel.apparmor_restrict_unprivileged_userns), or use a cluster of your own: give its kubeconfig in the stack",
    )
