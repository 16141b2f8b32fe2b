"""A cluster that is already there: another clone's stack in the sandbox of the first one."""

import json
import re
import shutil
from pathlib import Path

import pytest
import yaml

from catalog.places import cache_dir
from providers.slipway_s3.store import connect
from tests.launch.clone import Clone
from tests.launch.test_first_launch import kubectl
from tests.runner.own_home import fingerprint, poisoned_home

pytestmark = [pytest.mark.cluster, pytest.mark.root]

PREDICTION = "price_eur"


class Careful(Clone):
    """A clone of somebody with a Pulumi of their own, which nothing may read or change."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.home = poisoned_home(path.parent / "home" / ".pulumi")
        self.before = fingerprint(self.home)

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {
            "HOME": str(self.home.parent),
            "SLIPWAY_CACHE": str(cache_dir()),
            "PULUMI_HOME": str(self.home),
            "PULUMI_BACKEND_URL": "https://backend.invalid",
            "PULUMI_ACCESS_TOKEN": "pul-0000",
            "PULUMI_CONFIG_PASSPHRASE": "of the user",
        }


class Lab:
    """A clone with a stack `lab` of one model, for a cluster and a store that it did not make."""

    def __init__(self, clone: Careful, owner: Clone) -> None:
        self.clone = clone
        self.file = clone.path / "stacks" / "Pulumi.lab.yaml"
        self.config = clone.state / "pulumi" / "config" / "Pulumi.lab.yaml"
        said = owner.endpoints()
        self.keys = json.loads(Path(said["s3_root_file"]).read_text())
        self.write(
            cluster={
                "kind": "existing",
                "name": "lab",
                "kubeconfig": said["kubeconfig"],
                "gateway": said["gateway"],
                "pools": {"gpu": {"accelerator": "l4"}},
            },
            store={
                "kind": "s3",
                "bucket": "lab",
                "endpoint": said["s3"],
                "admin_endpoint": said["s3_admin"],
                "in_cluster_endpoint": said["in_cluster_s3"],
            },
            teams={"research": {"owner": "research@example.com"}},
            models={"house-price": {}},
            lifecycle={"protect": False},
            workspace="slipway",
        )
        declaration = clone.path / "stacks" / "models" / "house_price.py"
        declaration.write_text(declaration.read_text().replace('team="science"', 'team="research"'))
        (clone.path / "stacks" / "locks").mkdir(exist_ok=True)
        # Nothing is built for a cluster like this: its lock names images that its nodes can pull.
        shutil.copy(owner.state / "locks" / "local.json", clone.path / "stacks" / "locks" / "lab.json")

    def write(self, **values: object) -> None:
        """Writes the stack file."""
        document = {f"slipway:{key}": value for key, value in values.items()}
        self.file.write_text(yaml.safe_dump({"config": {"pulumi:disable-default-providers": ["*"], **document}}))

    def read(self) -> dict[str, dict[str, object]]:
        return yaml.safe_load(self.file.read_text())

    def run(self, command: str, *arguments: str):
        return self.clone.slipway(command, "-s", "lab", *arguments)

    def ok(self, command: str, *arguments: str):
        return self.clone.ok(command, "-s", "lab", *arguments)

    def namespaces_of(self, owner: Clone) -> bool:
        """Whether the stack's namespace is in the other's cluster."""
        return "research" in kubectl(owner, "get", "namespaces")

    def set_secret(self, key: str, value: str) -> None:
        self.ok("pulumi", "--", "config", "set", "--secret", key, value)


@pytest.fixture(scope="module")
def lab(launched, tmp_path_factory):
    made = Lab(Careful(tmp_path_factory.mktemp("existing") / "slipway"), launched)
    yield made
    if made.namespaces_of(launched):
        made.run("destroy", "--yes")


def test_a_secret_that_is_not_set_is_said_before_anything_is_registered(lab):
    done = lab.run("up")
    assert done.code == 1
    for key in ("store_access_key", "store_secret_key"):
        assert f"fix: slipway pulumi -s lab -- config set --secret {key}" in done.err
    assert "Traceback" not in done.text
    assert "slipway:clusters" not in done.err


def test_it_comes_up_with_secrets_that_stay_encrypted(lab, launched):
    """One is kept beside the state, the other moves into the stack's own file."""
    for key in ("access_key", "secret_key"):
        lab.set_secret(f"store_{key}", lab.keys[key])
    document = lab.read()
    encrypted = yaml.safe_load(lab.config.read_text())["config"]["slipway:store_secret_key"]
    document["config"]["slipway:store_secret_key"] = encrypted
    lab.file.write_text(yaml.safe_dump(document))
    done = lab.ok("up")
    assert "lab at https://127.0.0.1:" in done.err
    assert "as slipway:admin" in done.err
    assert PREDICTION in done.out
    for path in lab.clone.state.rglob("*"):
        assert not path.is_file() or lab.keys["secret_key"].encode() not in path.read_bytes(), path
    assert not (lab.clone.state / "sandbox").exists()
    assert lab.run("preview", "--expect-no-changes").code == 0
    assert lab.namespaces_of(launched)


def test_it_is_asked_by_its_gateway_and_without_one_by_the_api_server(lab, launched):
    (row,) = json.loads(lab.ok("status", "--json").out)
    gateway = launched.endpoints()["gateway"]
    assert (row["is_ready"], row["nodes"], row["simulated"]) == (True, ["slipway"], False)
    assert row["url"] == f"{gateway}/research/house-price"
    through = {}
    for name in ("gateway", "API server"):
        answer = json.loads(lab.ok("predict", "house-price", "--json").out)
        through[name] = answer["body"]
        assert answer["url"].startswith(gateway if name == "gateway" else launched.endpoints()["api_server"])
        document = lab.read()
        document["config"]["slipway:cluster"].pop("gateway", None)
        lab.file.write_text(yaml.safe_dump(document))
    assert through["gateway"] == through["API server"]
    assert PREDICTION in through["gateway"]
    assert "Uvicorn running" in lab.ok("logs", "house-price").out
    assert lab.ok("kubeconfig").out.strip() == launched.endpoints()["kubeconfig"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: None, "cannot be read: No such file"),
        (lambda text: re.sub(r"https://127.0.0.1:\d+", "https://127.0.0.1:1", text), "cannot be reached"),
        (lambda text: "a: [", "is no YAML or JSON object"),
    ],
    ids=["gone", "nothing there", "broken"],
)
def test_a_cluster_that_does_not_answer_is_refused_before_the_engine_starts(lab, tmp_path, change, words):
    good = lab.file.read_text()
    document = lab.read()
    path = tmp_path / "kubeconfig"
    changed = change(Path(document["config"]["slipway:cluster"]["kubeconfig"]).read_text())
    if changed is not None:
        path.write_text(changed)
    document["config"]["slipway:cluster"]["kubeconfig"] = str(path)
    lab.file.write_text(yaml.safe_dump(document))
    try:
        done = lab.run("up")
    finally:
        lab.file.write_text(good)
    assert done.code == 2, done.text
    assert words in done.err
    assert done.err.count("error:") == 1
    assert "Updating" not in done.err
    assert "Traceback" not in done.err


def test_the_stack_of_the_first_clone_is_not_touched_and_destroy_leaves_nothing(lab, launched):
    lab.ok("destroy", "--yes")
    assert not lab.namespaces_of(launched)
    assert "lab" not in [bucket["Name"] for bucket in connect(launched.store()).list_buckets()["Buckets"]]
    assert launched.slipway("preview", "--expect-no-changes").code == 0


def test_nothing_of_the_users_own_pulumi_was_read_or_changed(lab):
    """All of the runs above had it in their environment; it leads to a backend that does not exist."""
    assert fingerprint(lab.clone.home) == lab.clone.before
