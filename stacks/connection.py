"""How a cluster is reached: the sandbox by what it writes when it is up, another by its kubeconfig; plain data."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from catalog.errors import SlipwayError
from catalog.places import state_dir
from catalog.plain import Plain

# The sandbox's own gateway; its objects are made when it starts.
GATEWAY = ("gateway", "slipway-system")


class SandboxConnection(Plain):
    """Addresses and keys of a running sandbox.

    Attributes:
        kubeconfig: content.
        s3: URL as this machine sees it.
        in_cluster_s3: URL as pods see it.
        real_pods: whether pods run, or are only placed.
        node_cidr: the node's address inside.
    """

    cluster_id: str
    kubeconfig: str
    s3: str
    s3_admin: str
    in_cluster_s3: str
    gateway: str
    registry: str
    in_node_registry: str
    real_pods: bool
    node_cidr: str
    access_key: str
    secret_key: str


def sandbox_connection(state: Path | None = None) -> SandboxConnection:
    """The connection to this clone's sandbox.

    Raises:
        SlipwayError: the sandbox has never been started here, or what it left is not readable.
    """
    path = (state or state_dir()) / "sandbox" / "endpoints.json"
    try:
        said = json.loads(path.read_text())
        keys = json.loads(Path(said["s3_root_file"]).read_text())
        return SandboxConnection(
            kubeconfig=Path(said["kubeconfig"]).read_text(),
            node_cidr="10.122.0.1/32",
            access_key=keys["access_key"],
            secret_key=keys["secret_key"],
            **{key: said[key] for key in SandboxConnection.model_fields if key in said and key != "kubeconfig"},
        )
    except FileNotFoundError as error:
        why = f"the sandbox is not there: no file {error.filename}"
        raise SlipwayError("sandbox", "", why, "start it: slipway sandbox up (or make up)") from error
    except (KeyError, TypeError, ValueError) as error:
        raise SlipwayError(
            str(path), "", "it is not what the sandbox writes", "start it again: slipway sandbox up"
        ) from error


def kubeconfig_text(path: Path) -> str:
    """The content of a kubeconfig file; `~` is the home of who runs this.

    Raises:
        SlipwayError: it cannot be read.
    """
    try:
        return path.expanduser().read_text()
    except (OSError, UnicodeDecodeError) as error:
        why = f"it cannot be read: {getattr(error, 'strerror', None) or 'not text'}"
        raise SlipwayError("cluster.kubeconfig", str(path), why, "give the path of a kubeconfig") from error


@dataclass(frozen=True, kw_only=True, slots=True)
class Connections:
    """Where a program finds what is outside of it; a graph is drawn without asking.

    Attributes:
        sandbox: the connection to this clone's sandbox.
        kubeconfig: the content of a kubeconfig file.
    """

    sandbox: Callable[[], SandboxConnection] = sandbox_connection
    kubeconfig: Callable[[Path], str] = kubeconfig_text
