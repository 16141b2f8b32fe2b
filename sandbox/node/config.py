"""Texts of the daemons' configuration files: pure functions of where things are inside the node."""

import json
from typing import Any

from sandbox.node import network
from sandbox.node.layout import Layout

CONTAINERD_SOCKET = "/run/containerd/containerd.sock"
DNS_PORT, DNS_HEALTH_PORT, DNS_READY_PORT = 1053, 8181, 8182

_READY_AGAIN = """
conditions:
{{ range .status.conditions }}
- type: {{ .type | Quote }}
  status: {{ if eq .type "Ready" }}"True"{{ else }}{{ .status | Quote }}{{ end }}
  lastTransitionTime: {{ if eq .type "Ready" }}{{ Now | Quote }}{{ else }}{{ .lastTransitionTime | Quote }}{{ end }}
{{ end }}
"""


def _document(value: dict[str, Any]) -> str:
    return json.dumps(value, indent=1)  # JSON is YAML


def kubelet(layout: Layout) -> str:
    """KubeletConfiguration: absolute thresholds, because a big shared disk is often nearly full in percent."""
    pki = layout.pki
    return _document(
        {
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "failCgroupV1": False,
            "failSwapOn": False,
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": "/",
            "enforceNodeAllocatable": ["pods"],
            "address": network.NODE_IP,
            "port": network.KUBELET_PORT,
            "healthzPort": network.KUBELET_HEALTH_PORT,
            "readOnlyPort": 0,
            "authentication": {
                "anonymous": {"enabled": False},
                "webhook": {"enabled": True},
                "x509": {"clientCAFile": str(pki / "ca.crt")},
            },
            "authorization": {"mode": "Webhook"},
            "tlsCertFile": str(pki / "server.crt"),
            "tlsPrivateKeyFile": str(pki / "server.key"),
            "containerRuntimeEndpoint": f"unix://{CONTAINERD_SOCKET}",
            "clusterDomain": "cluster.local",
            "clusterDNS": [network.DNS_IP],
            "resolvConf": "",  # the node has no way out, so the host's name servers are of no use in it
            "localStorageCapacityIsolation": True,  # without it there are no disk figures, and eviction fails
            "makeIPTablesUtilChains": False,
            "oomScoreAdj": 0,
            "imageGCHighThresholdPercent": 99,
            "imageGCLowThresholdPercent": 98,
            "evictionHard": {"memory.available": "300Mi", "nodefs.available": "2Gi", "imagefs.available": "2Gi"},
            "registryPullQPS": 0,
            "serializeImagePulls": False,
            "eventRecordQPS": 0,
            "kubeAPIQPS": 200,
            "kubeAPIBurst": 400,
        }
    )


def simulation(stages: str) -> str:
    """KWOK's stages, and one that they lack: simulated pods are ready again after their node was late.

    The node controller takes readiness from the pods of a node that it has not heard of, as of a machine that slept; a
    kubelet gives it back, and of KWOK's stages none does.

    Args:
        stages: text of KWOK's own.
    """
    again = {
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "Stage",
        "metadata": {"name": "pod-ready-again"},
        "spec": {
            "resourceRef": {"apiGroup": "v1", "kind": "Pod"},
            "selector": {
                "matchExpressions": [
                    {"key": ".metadata.deletionTimestamp", "operator": "DoesNotExist"},
                    {"key": ".status.phase", "operator": "In", "values": ["Running"]},
                    {
                        "key": '.status.conditions.[] | select( .type == "Ready" ) | .status',
                        "operator": "In",
                        "values": ["False"],
                    },
                ]
            },
            "next": {"statusTemplate": _READY_AGAIN},
        },
    }
    return f"{stages.rstrip()}\n---\n{_document(again)}\n"


def kube_proxy(kubeconfig: str) -> str:
    """KubeProxyConfiguration: nftables, nothing written to settings of the machine."""
    return _document(
        {
            "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
            "kind": "KubeProxyConfiguration",
            "mode": "nftables",
            "clientConnection": {"kubeconfig": kubeconfig, "qps": 100, "burst": 200},
            "clusterCIDR": network.PODS,
            "hostnameOverride": network.NODE_NAME,
            "healthzBindAddress": f"127.0.0.1:{network.PROXY_HEALTH_PORT}",
            "metricsBindAddress": f"127.0.0.1:{network.PROXY_METRICS_PORT}",
            "conntrack": {"maxPerCore": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
            "oomScoreAdj": 0,
            # An endpoint that comes or goes is in the rules this soon, not after the default second.
            "nftables": {"minSyncPeriod": "100ms", "syncPeriod": "30s"},
        }
    )


def scheduler(kubeconfig: str) -> str:
    """KubeSchedulerConfiguration: one scheduler, and a client that keeps up with hundreds of models at once."""
    return _document(
        {
            "apiVersion": "kubescheduler.config.k8s.io/v1",
            "kind": "KubeSchedulerConfiguration",
            "leaderElection": {"leaderElect": False},
            "clientConnection": {"kubeconfig": kubeconfig, "qps": 1000, "burst": 2000},
        }
    )


def containerd(layout: Layout, pause: str, plugins: str) -> str:
    """containerd's configuration.

    Args:
        layout: where things are inside the node.
        pause: image reference of the pod sandbox.
        plugins: directory of the CNI plugins.
    """
    return f"""version = 2
root = "{layout.data / "containerd"}"
state = "/run/containerd"
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs",
]

[grpc]
  address = "{CONTAINERD_SOCKET}"

[plugins."io.containerd.internal.v1.opt"]
  path = "/run/containerd/opt"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  # Lowering a score needs a capability that containers of CI systems lack.
  restrict_oom_score_adj = true
  # Profiles are loaded into the kernel for the whole machine.
  disable_apparmor = true
  max_concurrent_downloads = 8

  [plugins."io.containerd.grpc.v1.cri".containerd]
    # The registry keeps the layers; a second copy would only take space.
    discard_unpacked_layers = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{plugins}"
    conf_dir = "{layout.conf / "cni"}"
"""


def cni() -> str:
    """The pods' network: a routed pair of devices for each, no bridge, so Services work without br_netfilter."""
    addresses = {
        "type": "host-local",
        "dataDir": "/run/cni",  # leases end with the node
        "ranges": [[{"subnet": network.PODS}]],
        "routes": [{"dst": "0.0.0.0/0"}],
    }
    return _document(
        {"cniVersion": "0.4.0", "name": "pods", "plugins": [{"type": "ptp", "ipMasq": False, "ipam": addresses}]}
    )


def registry(layout: Layout) -> str:
    """The registry's configuration."""
    return _document(
        {
            "version": 0.1,
            "log": {"level": "warn", "accesslog": {"disabled": True}},
            "storage": {
                "filesystem": {"rootdirectory": str(layout.data / "registry")},
                "delete": {"enabled": True},
            },
            "http": {"addr": network.REGISTRY},
        }
    )


def corefile() -> str:
    """CoreDNS: names of the cluster and nothing else, because nothing else can be reached."""
    return f""".:{DNS_PORT} {{
    errors
    health :{DNS_HEALTH_PORT}
    ready :{DNS_READY_PORT}
    kubernetes cluster.local in-addr.arpa {{
        pods insecure
        ttl 30
    }}
    cache 30
}}
"""
