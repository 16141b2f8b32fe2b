"""Kubeconfigs as people have them, and refusals as people read them."""

import base64
import json
import os
import stat

import pytest
import yaml

from catalog.errors import SeveralErrors, SlipwayError
from providers.wire import Secret
from sandbox.providers.kubernetes import kubeconfig, refusals
from sandbox.providers.kubernetes.client import ApiError, Cause
from sandbox.providers.kubernetes.objects import Identity


def config(**user):
    return {
        "current-context": "one",
        "contexts": [
            {"name": "one", "context": {"cluster": "first", "user": "me", "namespace": "team"}},
            {"name": "two", "context": {"cluster": "second", "user": "me"}},
        ],
        "clusters": [
            {"name": "first", "cluster": {"server": "https://first:6443/"}},
            {"name": "second", "cluster": {"server": "https://second:6443"}},
        ],
        "users": [{"name": "me", "user": user}],
    }


@pytest.mark.parametrize("dump", [yaml.safe_dump, json.dumps])
def test_contents_are_read(dump):
    access = kubeconfig.load(dump(config()))
    assert (access.server, access.namespace) == ("https://first:6443", "team")


def test_a_file_another_context_and_another_cluster_are_read(tmp_path):
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(config()))
    assert kubeconfig.load(str(path), context="two").server == "https://second:6443"
    assert kubeconfig.load(str(path), cluster="second").namespace == "team"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("/nowhere/config", r"/nowhere/config\): cannot be read: No such file"),
        ("a: [\nb", "is no YAML or JSON object"),
        ("- a\n- b\n", "is no YAML or JSON object"),
        (
            yaml.safe_dump(config() | {"current-context": "three"}),
            r"contexts \(three\): there is no such context\n  fix: use one of: one, two",
        ),
        (yaml.safe_dump(config() | {"users": []}), r"users \(me\): there is no such user\n  fix: use one of: none"),
        (
            yaml.safe_dump(config() | {"clusters": [{"name": "first", "cluster": {}}]}),
            "its cluster has no `server` address",
        ),
    ],
)
def test_what_cannot_be_used_is_refused(text, message):
    with pytest.raises(SlipwayError, match=message):
        kubeconfig.load(text)


@pytest.mark.parametrize(
    ("user", "headers"),
    [
        ({"token": "t"}, {"Authorization": "Bearer t"}),
        ({"username": "u", "password": "p"}, {"Authorization": "Basic " + base64.b64encode(b"u:p").decode()}),
        ({}, {}),
    ],
)
def test_who_one_is(user, headers):
    assert kubeconfig.Credentials(kubeconfig.load(json.dumps(config(**user)))).headers() == headers


def plugin(folder, script):
    path = folder / "plugin"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return kubeconfig.Credentials(
        kubeconfig.load(json.dumps(config(exec={"command": str(path), "env": [{"name": "T", "value": "from-env"}]})))
    )


def test_a_plugin_is_asked_once_until_its_token_ends(tmp_path):
    counted = f"echo x >> {tmp_path}/calls; "
    answer = json.dumps({"status": {"token": "TOKEN", "expirationTimestamp": "2999-01-01T00:00:00Z"}}).replace(
        "TOKEN", "'$T'"
    )
    credentials = plugin(tmp_path, f"{counted} echo '{answer}'")
    assert credentials.headers() == credentials.headers() == {"Authorization": "Bearer from-env"}
    assert (tmp_path / "calls").read_text() == "x\n"
    (tmp_path / "calls").unlink()
    ended = plugin(tmp_path, f"{counted} echo '{answer.replace('2999', '2001')}'")
    ended.headers()
    ended.headers()
    assert (tmp_path / "calls").read_text() == "x\nx\n"


@pytest.mark.parametrize("script", ["echo no token >&2; exit 1", "echo nothing", "exit 0"])
def test_a_plugin_that_fails_is_named(tmp_path, script):
    with pytest.raises(SlipwayError, match=r"users\[\]\.user\.exec .*plugin\): gave no credentials"):
        plugin(tmp_path, script).headers()


def test_a_plugin_that_is_not_there_is_named(tmp_path):
    user = {"exec": {"command": os.fspath(tmp_path / "absent"), "installHint": "install it from there"}}
    with pytest.raises(SlipwayError, match="is not installed\n  fix: install it from there"):
        kubeconfig.Credentials(kubeconfig.load(json.dumps(config(**user)))).headers()


THING = Identity("apps/v1", "Deployment", "team", "web")


def test_each_thing_that_is_wrong_is_one_error():
    causes = (
        Cause("FieldValueInvalid", "must be positive", "spec.replicas"),
        Cause("FieldValueRequired", "Required value", "spec.x"),
    )
    error = refusals.explain(ApiError(422, "Invalid", "all", (*causes, causes[0])), THING, {})
    assert isinstance(error, SeveralErrors)
    assert [each.path for each in error.errors] == ["Deployment team/web spec.replicas", "Deployment team/web spec.x"]


@pytest.mark.parametrize(
    ("error", "fix"),
    [
        (ApiError(403, "Forbidden", 'pods "x" is forbidden: exceeded quota: q'), "raise the team's quota"),
        (ApiError(400, "BadRequest", 'admission webhook "w" denied the request: no'), "the webhook's rule"),
        (ApiError(403, "Forbidden", 'User "u" cannot patch'), r"this right \(RBAC\)"),
        (ApiError(404, "NotFound", 'namespaces "n" not found', about="namespaces"), "declare the namespace"),
        (
            ApiError(
                403, "Forbidden", "is being terminated", (Cause("NamespaceTerminating", "m", "metadata.namespace"),)
            ),
            "declare the namespace",
        ),
        (ApiError(500, "", "boom"), "as the API server says"),
    ],
)
def test_every_refusal_has_its_fix(error, fix):
    with pytest.raises(SlipwayError, match=f"fix: .*{fix}"):
        raise refusals.explain(error, THING, {})


def test_only_other_managers_are_named_in_a_conflict():
    def conflict(*managers):
        causes = tuple(
            Cause("FieldManagerConflict", f'conflict with "{name}" using apps/v1', "spec.replicas") for name in managers
        )
        return ApiError(409, "Conflict", "Apply failed", causes)

    assert refusals.foreign_managers(conflict("slipway", "pulumi-kubernetes", "pulumi-kubernetes-0a1b")) == set()
    assert refusals.foreign_managers(conflict("slipway", "kubectl", "slipway-other")) == {"kubectl", "slipway-other"}
    assert "'kubectl'" in str(refusals.explain(conflict("slipway", "kubectl"), THING, {}))
    assert "'slipway'" not in str(refusals.explain(conflict("slipway", "kubectl"), THING, {}))


def test_secrets_are_cut_out_of_messages():
    inputs = {"a": Secret({"b": ["hunter22", "abc"]}), "c": "plain-value"}
    assert refusals.scrub("hunter22, abc and plain-value", inputs) == "[secret], abc and plain-value"
