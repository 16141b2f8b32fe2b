"""How the rest of Slipway reaches the sandbox: one file, there while the sandbox is up."""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

from catalog.errors import SlipwayError
from sandbox.node.layout import Layout, write_private
from sandbox.node.processes import read_owner


@dataclass(frozen=True)
class Endpoints:
    """Addresses and credentials of a running sandbox.

    Args:
        kubeconfig: for this machine, certificates embedded, mode 0600.
        api_server: `https://127.0.0.1:PORT`.
        s3: `http://127.0.0.1:PORT`.
        s3_admin: the S3 server's admin API, `http://127.0.0.1:PORT`.
        registry: `127.0.0.1:PORT`, for pushes from this machine.
        gateway: `http://127.0.0.1:PORT`, where HTTPRoutes are served.
        real_pods: whether containers run.
        missing: why no containers run; empty when they do.
        node_name: the node of the system pool.
        in_cluster_s3: the S3 server as pods reach it.
        in_node_registry: the registry as image references of pods name it.
        s3_root_file: JSON with `access_key` and `secret_key`, mode 0600.
        cluster_id: random, the same as long as the cluster's data lives.
    """

    kubeconfig: Path
    api_server: str
    s3: str
    s3_admin: str
    registry: str
    gateway: str
    real_pods: bool
    missing: tuple[str, ...]
    node_name: str
    in_cluster_s3: str
    in_node_registry: str
    s3_root_file: Path
    cluster_id: str


def load(state: Path) -> Endpoints:
    """The endpoints of the sandbox in a state directory.

    Raises:
        SlipwayError: the sandbox is not up.
    """
    layout = Layout.of(state)
    owner = read_owner(layout)
    if owner is None or not owner.alive:
        raise _not_up(layout, "the sandbox is not up")
    try:
        raw = json.loads(layout.endpoints.read_text())
        paths = {name: Path(raw[name]) for name in ("kubeconfig", "s3_root_file")}
        return Endpoints(**{**raw, **paths, "missing": tuple(raw["missing"])})
    except FileNotFoundError as error:
        raise _not_up(layout, "the sandbox is not up yet") from error
    except (ValueError, KeyError, TypeError) as error:
        raise _not_up(layout, "the file is damaged") from error


def save(layout: Layout, endpoints: Endpoints) -> None:
    """Write the endpoints where `load` finds them."""
    write_private(layout.endpoints, json.dumps(dataclasses.asdict(endpoints), indent=1, default=str))


def _not_up(layout: Layout, why: str) -> SlipwayError:
    return SlipwayError(str(layout.endpoints), "", why, "run `slipway sandbox up`")
