"""The provider under the real engine, with a small program."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.toolchain.pulumi_bin import language_host
from tests.kubernetes.control_plane import tool
from tests.kubernetes.declarations import STAY, workload
from tests.kubernetes.driver import CLONE, STACK, environment

PROGRAM = """
import json, os, pulumi
cluster = pulumi.ProviderResource("kubernetes", "cluster", {
    "kubeconfig": pulumi.Output.secret(os.environ["TEST_KUBECONFIG"]),
    "clusterIdentifier": "test", "enableConfigMapMutable": "true",
}, pulumi.ResourceOptions(version="4.34.2"))
made = {}
for name, each in json.loads(os.environ["TEST_RESOURCES"]).items():
    inputs, more = each["inputs"], each.get("options", {})
    if "secret" in each:
        inputs["data"] = pulumi.Output.secret(inputs["data"])
    if "after" in more:
        more["depends_on"] = [made[more.pop("after")]]
    if "timeout" in more:
        more["custom_timeouts"] = pulumi.CustomTimeouts(create=more["timeout"], update=more.pop("timeout"))
    options = pulumi.ResourceOptions(provider=cluster, version="4.34.2", **more)
    token = f"kubernetes:{inputs['apiVersion']}:{inputs['kind']}"
    made[name] = pulumi.CustomResource(token, name, inputs, options)
"""


class Stack:
    """A stack whose program makes what it is told."""

    def __init__(self, folder: Path, kubeconfig: str) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        for path in (self.bin, folder / "program", folder / "pulumi/backend"):
            path.mkdir(parents=True)
        try:
            os.link(tool("pulumi"), self.bin / "pulumi")
        except OSError:
            shutil.copy(tool("pulumi"), self.bin / "pulumi")
        language_host(self.bin)
        (folder / "program/Pulumi.yaml").write_text("name: slipway\nruntime: python\n")
        (folder / "program/__main__.py").write_text(PROGRAM)
        self.environment = environment(
            folder,
            PATH=f"{self.bin}{os.pathsep}{os.environ['PATH']}",
            PULUMI_CONFIG_PASSPHRASE="",
            PULUMI_SKIP_UPDATE_CHECK="1",
            PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION="1",
            PULUMI_PYTHON_CMD=sys.executable,
            SLIPWAY_PYTHON=sys.executable,
            PYTHONPATH=str(CLONE),
            TEST_KUBECONFIG=kubeconfig,
        )
        plugin = folder / "pulumi/home/plugins/resource-kubernetes-v4.34.2/pulumi-resource-kubernetes"
        plugin.parent.mkdir(parents=True)
        plugin.write_text(f'#!/bin/sh\ncd "{CLONE}" && exec "{sys.executable}" -m sandbox.providers.kubernetes "$@"\n')
        plugin.chmod(0o755)
        self.run("stack", "init", "test")

    def run(self, *words, resources=None, code=0, **variables):
        """The output of a command that ends with this exit code."""
        variables["TEST_RESOURCES"] = json.dumps(resources or {})
        done = subprocess.run(
            ["pulumi", *words, "--non-interactive", "--color=never"],
            cwd=self.folder / "program",
            env=self.environment | variables,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        output = done.stdout + done.stderr
        assert done.returncode == code, output
        return output

    def changes(self, resources):
        """What a preview would do, by resource name; what stays the same is left out."""
        steps = json.loads(self.run("preview", "--json", "-s", "test", resources=resources))["steps"]
        return {step["urn"].rpartition("::")[2]: step["op"] for step in steps if step["op"] != "same"}


@pytest.fixture
def stack(tmp_path, controllers):
    return Stack(tmp_path, controllers.kubeconfig)


def config_map(name, namespace, data):
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace, "annotations": {"slipway.dev/stack": STACK}},
        "data": data,
    }


def test_a_stack_through_its_life(stack, plane, pool, namespace):
    inner = f"{namespace}-inner"
    resources = {
        "home": {"inputs": {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": inner}}},
        "settings": {"inputs": config_map("settings", inner, {"colour": "blue"}), "options": {"after": "home"}},
        "hidden": {"inputs": config_map("hidden", inner, {"key": "hunter22"}), "secret": True},
        "web": {"inputs": workload(inner), "options": {"timeout": "30s"}},
    }
    output = stack.run("up", "--yes", "--skip-preview", "-s", "test", resources=resources)
    assert "kubernetes: Slipway stand-in 4.34.2" in output
    stack.run("preview", "--expect-no-changes", "-s", "test", resources=resources)

    state = stack.run("stack", "export", "-s", "test")
    assert "hunter22" not in state
    assert "BEGIN CERTIFICATE" not in state
    assert '"availableReplicas": 1' in state

    resources["settings"]["inputs"]["data"] = {"colour": "red"}
    assert stack.changes(resources) == {"settings": "update"}
    resources["settings"]["inputs"]["metadata"]["name"] = "renamed"
    assert stack.changes(resources) == {"settings": "replace"}

    plane.call("DELETE", f"/api/v1/namespaces/{inner}/configmaps/settings")
    stack.run("up", "--yes", "--skip-preview", "--refresh", "-s", "test", resources=resources)
    assert plane.call("GET", f"/api/v1/namespaces/{inner}/configmaps/renamed")["data"] == {"colour": "red"}

    stack.run("destroy", "--yes", "--skip-preview", "-s", "test")
    assert plane.call("GET", f"/api/v1/namespaces/{inner}") is None


def test_a_model_that_cannot_be_placed_is_told_stays_and_is_tried_again(stack, plane, pool, namespace):
    stuck = workload(namespace, labels=STAY)
    stuck["spec"]["template"]["spec"]["nodeSelector"] = {"pool": "none"}
    resources = {"web": {"inputs": stuck, "options": {"timeout": "2s"}}}
    output = stack.run("up", "--yes", "--skip-preview", "-s", "test", resources=resources, code=1)
    assert f"Deployment {namespace}/web is not ready: 0 of 1 replicas available after " in output
    assert "scheduler: 0/" in output
    assert "didn't match Pod's node affinity/selector" in output
    stack.run("refresh", "--yes", "--skip-preview", "-s", "test", resources=resources)
    assert stack.changes(resources) == {"web": "update"}, "a refresh does not make it ready"
    resources["web"]["inputs"] = workload(namespace)
    stack.run("up", "--yes", "--skip-preview", "-s", "test", resources=resources)
    assert stack.changes(resources) == {}


def test_all_errors_of_a_preview_are_shown(stack, namespace):
    wrong = {
        f"typo-{index}": {"inputs": config_map(f"typo-{index}", namespace, {}) | {"dta": {}}} for index in range(20)
    }
    resources = wrong | {"fine": {"inputs": config_map("fine", namespace, {})}}
    output = stack.run("preview", "-s", "test", resources=resources, code=1)
    assert "dta: the API server knows no such field" in output
    events = stack.folder / "events.jsonl"
    words = ["preview", "-s", "test", "--event-log", str(events)]
    stack.run(*words, resources=resources, SLIPWAY_PREVIEW_ERRORS="collect", PULUMI_DEBUG_COMMANDS="true")
    found = [json.loads(line).get("diagnosticEvent") or {} for line in events.read_text().splitlines()]
    errors = {each["urn"].rpartition("::")[2]: each["message"] for each in found if each.get("severity") == "error"}
    assert errors.keys() == wrong.keys()
    assert all("dta: the API server knows no such field" in message for message in errors.values())


def test_an_object_is_imported_by_the_program(stack, plane, namespace):
    plane.call(
        "POST", f"/api/v1/namespaces/{namespace}/configmaps", {"metadata": {"name": "theirs"}, "data": {"k": "v"}}
    )
    resources = {
        "theirs": {"inputs": config_map("theirs", namespace, {"k": "v"}), "options": {"import_": f"{namespace}/theirs"}}
    }
    resources["theirs"]["inputs"]["metadata"].pop("annotations")
    stack.run("up", "--yes", "--skip-preview", "-s", "test", resources=resources)
    assert stack.changes(resources) == {}


def test_an_unreachable_cluster_fails_the_preview_with_its_address(stack, namespace):
    kubeconfig = json.dumps(
        {
            "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "c"}}],
            "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}],
        }
    )
    resources = {name: {"inputs": config_map(name, namespace, {})} for name in ("a", "b", "c")}
    output = stack.run("preview", "-s", "test", resources=resources, code=1, TEST_KUBECONFIG=kubeconfig)
    summary = output.partition("Diagnostics:")[2]
    assert summary.count("kubeconfig (http://127.0.0.1:1): the cluster cannot be reached") == 1, output
