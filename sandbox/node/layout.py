"""Where the node keeps its things: on this machine below the state directory, inside the node below `/run/node`."""

import os
from dataclasses import dataclass
from pathlib import Path

from catalog.errors import SlipwayError

VERSION = "1"
INSIDE = Path("/run/node")
"""The node's directory as its own processes see it: the same text in every clone."""


@dataclass(frozen=True)
class Layout:
    """Paths of one node.

    Args:
        root: the node's directory: `<state>/sandbox` here, `/run/node` inside.
    """

    root: Path

    @classmethod
    def of(cls, state: Path) -> "Layout":
        """The layout below a state directory."""
        return cls(state / "sandbox")

    @classmethod
    def inside(cls) -> "Layout":
        """The same layout as the node's processes see it."""
        return cls(INSIDE)

    @property
    def lock(self) -> Path:
        """Held while the node is changed: one up, down or reset at a time."""
        return self.root / "lock"

    @property
    def endpoints(self) -> Path:
        """The node's public face; there while the node is up."""
        return self.root / "endpoints.json"

    @property
    def kubeconfig(self) -> Path:
        """For the person's own kubectl, certificates embedded."""
        return self.root / "kubeconfig"

    @property
    def ports(self) -> Path:
        """The host ports this clone keeps."""
        return self.root / "ports.json"

    @property
    def identity(self) -> Path:
        """The cluster's id, made once."""
        return self.root / "cluster-id"

    @property
    def s3_root(self) -> Path:
        """Root credentials of the S3 server."""
        return self.root / "s3-root.json"

    @property
    def registry_secret(self) -> Path:
        """What the registry signs the state of uploads with, made once."""
        return self.root / "registry-secret"

    @property
    def pki(self) -> Path:
        """Certificates and keys."""
        return self.root / "pki"

    @property
    def conf(self) -> Path:
        """Configuration files of the daemons, written anew at every start."""
        return self.root / "conf"

    @property
    def logs(self) -> Path:
        """One log file per part."""
        return self.root / "logs"

    @property
    def data(self) -> Path:
        """What survives a restart: etcd, images, S3 objects, registry."""
        return self.root / "data"

    @property
    def run(self) -> Path:
        """What describes the running node."""
        return self.root / "run"

    @property
    def owner(self) -> Path:
        """Which process owns the node."""
        return self.run / "owner.json"

    @property
    def cgroups(self) -> Path:
        """The control groups made for the node, one path a line."""
        return self.run / "cgroups"

    @property
    def plan(self) -> Path:
        """What the node's PID 1 was told to run."""
        return self.run / "plan.json"

    @property
    def status(self) -> Path:
        """What PID 1 says about the parts."""
        return self.run / "status.json"

    def data_dirs(self) -> list[Path]:
        """The directories daemons expect to find."""
        names = (
            "etcd",
            "s3/objects",
            "s3/versions",
            "s3/metadata",
            "s3/iam",
            "registry",
            "xds",
            "containerd",
            "kubelet",
            "varlog",
            "tmp",
        )
        return [self.data / name for name in names]

    def make(self) -> None:
        """Make every directory, readable by the owner only."""
        for directory in (self.root, self.pki, self.conf, self.logs, self.data, self.run, *self.data_dirs()):
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)


def check_version(state: Path) -> None:
    """Refuse a state directory that another layout version made; mark a new one.

    Raises:
        SlipwayError: the directory has another version, or cannot be written.
    """
    file = state / "VERSION"
    try:
        state.mkdir(parents=True, exist_ok=True)
        found = file.read_text().strip() if file.exists() else ""
        if not found:
            write_private(file, VERSION + "\n")
            return
    except OSError as error:
        raise SlipwayError(
            str(error.filename or state),
            error.strerror or "",
            "the state directory cannot be used by this user",
            "make it writable for you, or name another with SLIPWAY_STATE",
        ) from error
    if found != VERSION:
        raise SlipwayError(
            str(file),
            found[:40],
            f"this state directory has another layout version; this Slipway reads version {VERSION}",
            "use the Slipway that made it, or name a new directory with SLIPWAY_STATE",
        )


def write_private(path: Path, text: str) -> None:
    """Write a file of mode 0600 in one step: a reader sees the old text or the new, never a part."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    beside.replace(path)
