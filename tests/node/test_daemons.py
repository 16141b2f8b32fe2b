"""The daemons' table and configuration files: what must hold of them, whatever else they say."""

import itertools
import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.node import config, daemons, network, pki, prepare
from sandbox.node.layout import INSIDE, Layout
from sandbox.node.plan import Daemon
from sandbox.toolchain import locate

LAYOUT = Layout.inside()
TOOLS = {name: Path("/tools") / name for name in (*daemons.CONTROL_TOOLS, *daemons.POD_TOOLS, "containerd")}
PROGRAMS = daemons.Programs(
    tools=TOOLS,
    python="/python",
    envoy=("/envoy", "-c", "x"),
    s3_root=("key", "secret"),
    registry_secret="registry-secret",
)
TABLE = daemons.Table(PROGRAMS, LAYOUT)
PODS_ONLY = {"containerd", "kubelet", "kube-proxy"}


def table(*, real_pods: bool) -> dict[str, Daemon]:
    return {daemon.name: daemon for daemon in TABLE.daemons(real_pods=real_pods)}


def texts() -> dict[str, str]:
    return daemons.config_texts(LAYOUT, pause="registry/pause@sha256:1", cni_plugins="/plugins", stages="stages")


def document(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(texts()[name])
    return found


def test_simulation_is_all_but_what_runs_containers() -> None:
    assert set(table(real_pods=True)) - set(table(real_pods=False)) == PODS_ONLY
    assert set(table(real_pods=False)) >= {"etcd", "apiserver", "scheduler", "kwok", "s3", "registry", "envoy"}


def test_order_names_parts_that_are_there_and_never_turns_in_a_circle() -> None:
    for real_pods in (True, False):
        seen: set[str] = set()
        for daemon in TABLE.daemons(real_pods=real_pods):
            assert set(daemon.after) <= seen | PODS_ONLY & set(table(real_pods=real_pods))
            seen.add(daemon.name)


def test_every_command_is_an_absolute_path() -> None:
    assert all(daemon.argv[0].startswith("/") for daemon in TABLE.daemons(real_pods=True))


def test_no_file_of_this_machine_is_named_but_the_programs() -> None:
    for daemon in TABLE.daemons(real_pods=True):
        paths = [word.partition("=")[2] or word for word in daemon.argv[1:] if "/" in word and "://" not in word]
        places = [path for path in paths if path.startswith("/") and not path.startswith("/healthz")]
        assert all(path.startswith((str(INSIDE), "/run/")) for path in places), daemon.name


def test_every_file_and_client_a_daemon_names_is_made() -> None:
    words = " ".join(word for daemon in TABLE.daemons(real_pods=True) for word in daemon.argv)
    made = {*texts(), *(f"{client.file}.kubeconfig" for client in pki.CLIENTS)}
    for word in words.replace("=", " ").split():
        if word.startswith(str(LAYOUT.conf)):
            assert str(Path(word).relative_to(LAYOUT.conf)) in made


def test_only_the_forwarder_listens_for_the_host() -> None:
    listening = [daemon for daemon in TABLE.daemons(real_pods=True) if daemon.listens]
    assert [daemon.name for daemon in listening] == ["forward"]
    routes = dict(listening[0].env)["SLIPWAY_FORWARD"].split(",")
    assert [route.partition("=")[2] for route in routes] == list(network.FORWARDED.values())


def test_secrets_are_not_in_command_lines() -> None:
    s3 = table(real_pods=False)["s3"]
    assert dict(s3.env) == {"ROOT_ACCESS_KEY": "key", "ROOT_SECRET_KEY": "secret"}
    registry = table(real_pods=False)["registry"]
    assert dict(registry.env)["REGISTRY_HTTP_SECRET"] == "registry-secret"
    assert not any("secret" in word for word in (*s3.argv, *registry.argv))
    assert not any("registry-secret" in text for text in texts().values())


def test_the_registry_starts_without_a_warning(tmp_path: Path) -> None:
    (tmp_path / "registry.yaml").write_text(config.registry(Layout(tmp_path)))
    argv = (locate.tool("registry"), "serve", tmp_path / "registry.yaml")
    env = {**dict(table(real_pods=False)["registry"].env), "REGISTRY_HTTP_ADDR": "127.0.0.1:0"}
    env["REGISTRY_LOG_LEVEL"] = "info"  # at this level it says at last that it listens
    with subprocess.Popen(argv, env=env, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr
        said = list(itertools.takewhile(lambda line: "listening on" not in line, running.stderr))
        assert running.poll() is None, said
        running.terminate()
    assert not [line for line in said if "level=info" not in line]


def test_a_word_that_is_made_once_is_kept_private(tmp_path: Path) -> None:
    file = tmp_path / "word"
    assert [prepare._once(file, fresh) for fresh in ("first", "second")] == ["first"] * 2
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text("")
    assert prepare._once(file, "third") == file.read_text() == "third"


def test_the_api_server_lets_nobody_in_without_a_certificate() -> None:
    argv = table(real_pods=False)["apiserver"].argv
    assert "--anonymous-auth=false" in argv
    assert "--authorization-mode=Node,RBAC" in argv
    assert not any(word.startswith("--disable-admission-plugins") for word in argv)
    assert not any(word.startswith("--audit") for word in argv)


def test_kwok_touches_only_nodes_that_say_so() -> None:
    argv = table(real_pods=False)["kwok"].argv
    assert "--manage-all-nodes=false" in argv
    assert f"--cidr={network.SIMULATED_PODS}" in argv


@pytest.mark.parametrize("option", ["--versioning-dir", "--sidecar"])
def test_s3_keeps_versions_and_metadata_outside_the_objects(option: str) -> None:
    argv = table(real_pods=False)["s3"].argv
    (folder,) = (Path(word.partition("=")[2]) for word in argv if word.startswith(f"{option}="))
    assert not folder.is_relative_to(argv[-1])
    assert folder in LAYOUT.data_dirs()


@pytest.mark.parametrize("name", ["kubelet.yaml", "kube-proxy.yaml", "scheduler.yaml", "registry.yaml"])
def test_configuration_files_are_documents(name: str) -> None:
    assert document(name)


def test_kubelet_asks_who_is_there() -> None:
    kubelet = document("kubelet.yaml")
    assert kubelet["authentication"]["anonymous"] == {"enabled": False}
    assert kubelet["authorization"] == {"mode": "Webhook"}
    assert kubelet["readOnlyPort"] == 0


def test_kubelet_keeps_to_the_nodes_own_control_groups() -> None:
    kubelet = document("kubelet.yaml")
    assert (kubelet["cgroupRoot"], kubelet["cgroupDriver"]) == ("/", "cgroupfs")
    assert kubelet["failCgroupV1"] is False


def test_kube_proxy_changes_no_setting_of_the_machine() -> None:
    proxy = document("kube-proxy.yaml")
    assert proxy["mode"] == "nftables"
    assert proxy["conntrack"] == {"maxPerCore": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"}


def test_containerd_keeps_images_in_the_state_and_loads_no_profile() -> None:
    containerd = tomllib.loads(config.containerd(LAYOUT, "pause", "/plugins"))
    cri = containerd["plugins"]["io.containerd.grpc.v1.cri"]
    assert containerd["root"] == str(LAYOUT.data / "containerd")
    assert containerd["state"].startswith("/run/")
    assert (cri["sandbox_image"], cri["cni"]["bin_dir"]) == ("pause", "/plugins")
    assert cri["disable_apparmor"] is True
    assert containerd["grpc"]["address"] in json.loads(config.kubelet(LAYOUT))["containerRuntimeEndpoint"]


def test_pods_have_the_nodes_range_and_leases_that_end_with_it() -> None:
    (plugin,) = json.loads(config.cni())["plugins"]
    assert plugin["ipam"]["ranges"] == [[{"subnet": network.PODS}]]
    assert plugin["ipam"]["dataDir"].startswith("/run/")
    assert plugin["ipMasq"] is False


def test_without_real_pods_there_are_no_files_for_them() -> None:
    plain = daemons.config_texts(LAYOUT, pause="", cni_plugins="", stages="stages")
    assert set(texts()) - set(plain) == {"containerd.toml", "cni/10-pods.conflist", "kubelet.yaml", "kube-proxy.yaml"}


def test_simulated_pods_have_kwoks_stages_and_one_more() -> None:
    first, again = yaml.safe_load_all(config.simulation("kind: Stage\nmetadata: {name: pod-ready}\n"))
    assert first["metadata"]["name"] == "pod-ready"
    assert again["metadata"]["name"] == "pod-ready-again"


def test_keys_are_words_for_any_command_line(tmp_path: Path) -> None:
    """At the beginning of a word, a dash would be an option."""
    layout = Layout(tmp_path)
    layout.s3_root.parent.mkdir(parents=True, exist_ok=True)
    access, secret = prepare._s3_root(layout)
    assert re.fullmatch("slipway[0-9a-f]{12}", access)
    assert re.fullmatch("[0-9a-f]{40}", secret)
    assert prepare._s3_root(layout) == (access, secret)
