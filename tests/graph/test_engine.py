"""The graph of every shipped stack beside the real engine's preview of it, row by row."""

import json
from typing import Any

import pytest

from runner.graph import draw
from stacks.settings import STACKS
from tests.counts import level
from tests.graph.engine import Shipped
from tests.stacks import local

# The stack whose cluster is another's needs that one to be up first: test_pair.py.
SHIPPED = sorted({path.name.split(".")[1] for path in STACKS.glob("Pulumi.*.yaml")} - {"team-models"})
# The engine takes seconds for a cloud: every stack's turn comes at the next level.
NOW = SHIPPED if level() != "test" else ["local", "dev-eks"]
# A host that only stand-ins know, so that the Kubernetes stand-in works offline.
KUBECONFIG = {
    "current-context": "c",
    "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    "clusters": [{"name": "c", "cluster": {"server": "https://sandbox.local.none.eks.stand-in.invalid"}}],
    "users": [{"name": "u", "user": {"token": "t"}}],
}
# Of the state that a preview foresees, what the graph has; the engine's digest leaves out what is false or empty, and
# aliases, replaceOnChanges and deleteBeforeReplace always.
OPTIONS = ("protect", "retainOnDelete", "deletedWith", "ignoreChanges", "customTimeouts")
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    folder = tmp_path_factory.mktemp("engine")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLIPWAY_STATE", str(folder / "state"))
        local.pretend(folder / "state")
        local.lock(folder / "state")
        (folder / "state" / "sandbox" / "kubeconfig").write_text(json.dumps(KUBECONFIG))
        yield Shipped(folder / "work")


def seen(state: dict[str, Any]) -> dict[str, Any]:
    """A state of the engine as a row of the graph."""
    inputs = dict(state.get("inputs", {}))
    for name in inputs.pop("__defaults", []):
        del inputs[name]  # a name that the provider made up
    inputs.pop("__internal", None)
    depends = {key: sorted(urns) for key, urns in (state.get("propertyDependencies") or {}).items() if urns}
    return {
        "type": state["type"],
        "parent": state.get("parent"),
        "custom": state.get("custom", False),
        "provider": state.get("provider") or None,
        "inputs": inputs,
        "dependencies": sorted(state.get("dependencies") or []),
        "propertyDependencies": depends,
        "options": {key: state.get(key) or None for key in OPTIONS},
    }


def row(resource: dict[str, Any], engines: dict[str, Any]) -> dict[str, Any]:
    """A row of the graph; where stand-ins foresee what the official providers do not, as they foresee it."""
    inputs = dict(resource["inputs"])
    if resource["type"] == "pulumi:providers:kubernetes" and inputs["kubeconfig"] == UNKNOWN:
        inputs["kubeconfig"] = engines["inputs"]["kubeconfig"]
    shared = {key: value for key, value in resource.items() if key not in ("urn", "name", "inputs", "options")}
    return {**shared, "inputs": inputs, "options": {key: resource["options"][key] or None for key in OPTIONS}}


@pytest.mark.parametrize("stack", NOW)
def test_every_row_is_the_engines(shipped, stack, figure):
    shipped.init(stack)
    engines = {state["urn"]: seen(state) for state in shipped.digest(stack)}
    ours = {each["urn"]: each for each in draw.draw(stack).resources}
    assert ours.keys() == engines.keys()
    differ = {urn: (row(ours[urn], found), found) for urn, found in engines.items() if row(ours[urn], found) != found}
    assert differ == {}
    figure(f"graph of {stack}: {len(ours)} resources, each as in the engine's preview")
