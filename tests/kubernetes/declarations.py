"""Inputs of resources, as a program would declare them."""

from tests.kubernetes.driver import STACK

STAY = {"test/stay": "yes"}
"""Labels of pods that the simulated kubelet leaves alone."""


def deployment(namespace, name="web", image="app:1", replicas=1, **metadata):
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "annotations": {"slipway.dev/stack": STACK, "pulumi.com/skipAwait": "true"} | metadata,
        },
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "app", "image": image}]}},
        },
    }


def node(name, gpus, **spec):
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "annotations": {"slipway.dev/stack": STACK, "slipway.dev/replace-on-change": "true"},
        },
        "spec": spec,
        "status": {
            "capacity": {"nvidia.com/gpu": gpus, "cpu": "32"},
            "allocatable": {"nvidia.com/gpu": gpus, "cpu": "32"},
        },
    }


def widget_definition(kind="widget"):
    spec = {
        "size": {"type": "integer", "maximum": 5},
        "fixed": {
            "type": "string",
            "x-kubernetes-validations": [{"rule": "self == oldSelf", "message": "fixed cannot change"}],
        },
    }
    properties = {
        "spec": {"type": "object", "properties": spec},
        "status": {"type": "object", "properties": {"phase": {"type": "string"}}},
    }
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "schema": {"openAPIV3Schema": {"type": "object", "properties": properties}},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{kind}s.test.slipway.dev", "annotations": {"slipway.dev/stack": STACK}},
        "spec": {
            "group": "test.slipway.dev",
            "scope": "Namespaced",
            "names": {"plural": f"{kind}s", "kind": kind.title()},
            "versions": [version],
        },
    }


def widget(namespace, kind="widget", **spec):
    return {
        "apiVersion": "test.slipway.dev/v1",
        "kind": kind.title(),
        "metadata": {"name": "w", "namespace": namespace},
        "spec": spec,
    }


def workload(namespace, kind="Deployment", name="web", annotations=None, labels=None, **spec):
    """A workload of one small container; `template` in the spec goes over the pod's own spec."""
    marks = {"app": name} | (labels or {})
    pod = {"containers": [{"name": "app", "image": "app:1"}]} | spec.pop("template", {})
    return {
        "apiVersion": "batch/v1" if kind == "Job" else "apps/v1",
        "kind": kind,
        "metadata": {
            "name": name,
            "namespace": namespace,
            "annotations": {"slipway.dev/stack": STACK} | (annotations or {}),
        },
        "spec": ({} if kind == "Job" else {"selector": {"matchLabels": {"app": name}}})
        | {"template": {"metadata": {"labels": marks}, "spec": pod}}
        | spec,
    }
