"""The daemons of the node: one table of commands, readiness and order. Pure: nothing is looked up or started here."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.node import config, network
from sandbox.node.layout import Layout
from sandbox.node.plan import Daemon, Probe
from sandbox.node.supervisor import FIRST_SOCKET

CONTROL_TOOLS = (
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kwok",
    "versitygw",
    "registry",
    "slipway-forward",
)
POD_TOOLS = ("kubelet", "kube-proxy")
XDS = Path("/run/xds")
"""Between the gateway's controller and Envoy; made anew with every start of the node."""


@dataclass(frozen=True)
class Programs:
    """What the table needs to know about this machine.

    Args:
        tools: absolute path of every tool, by name.
        python: the interpreter that runs our own daemons.
        envoy: Envoy's command line.
        s3_root: the S3 server's root credentials: access key, secret key.
        registry_secret: signs the state of uploads, so that one goes on after the registry's restart.
    """

    tools: Mapping[str, Path]
    python: str
    envoy: tuple[str, ...]
    s3_root: tuple[str, str]
    registry_secret: str


@dataclass(frozen=True)
class Table:
    """Makes the daemons' entries.

    Args:
        programs: where the programs are.
        layout: where things are inside the node.
    """

    programs: Programs
    layout: Layout

    def daemons(self, *, real_pods: bool) -> tuple[Daemon, ...]:
        """All daemons, in the order to show them."""
        control = (
            self.forward(),
            self.etcd(),
            self.api_server(),
            self.controller_manager(),
            self.scheduler(),
            self.kwok(),
            self.s3(),
            self.registry(),
            self.gateway(),
            self.envoy(),
        )
        return control + ((self.containerd(), self.kubelet(), self.kube_proxy()) if real_pods else ())

    def _tool(self, name: str) -> str:
        return str(self.programs.tools[name])

    def _pki(self, file: str) -> str:
        return str(self.layout.pki / file)

    def kubeconfig(self, client: str) -> str:
        """Path of a component's kubeconfig."""
        return str(self.layout.conf / f"{client}.kubeconfig")

    def _serving(self) -> tuple[str, ...]:
        return (f"--tls-cert-file={self._pki('server.crt')}", f"--tls-private-key-file={self._pki('server.key')}")

    def forward(self) -> Daemon:
        """Carries the host's ports into the node."""
        routes = (f"{FIRST_SOCKET + i}={target}" for i, target in enumerate(network.FORWARDED.values()))
        env = (("SLIPWAY_FORWARD", ",".join(routes)),)
        return Daemon("forward", (self._tool("slipway-forward"), "serve"), env=env, listens=True)

    def etcd(self) -> Daemon:
        """The API server's store."""
        client, peer = f"http://127.0.0.1:{network.ETCD_PORT}", f"http://127.0.0.1:{network.ETCD_PEER_PORT}"
        argv = (
            self._tool("etcd"),
            f"--data-dir={self.layout.data / 'etcd'}",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
            # It is alone: nobody else could be elected, so there is nothing to wait a whole second for.
            "--heartbeat-interval=20",
            "--election-timeout=200",
            "--log-level=warn",
        )
        return Daemon("etcd", argv, Probe("http", f"{client}/health"))

    def api_server(self) -> Daemon:
        """kube-apiserver; audit is off, Pod Security is on by default."""
        argv = (
            self._tool("kube-apiserver"),
            f"--etcd-servers=http://127.0.0.1:{network.ETCD_PORT}",
            f"--bind-address={network.NODE_IP}",
            f"--advertise-address={network.NODE_IP}",
            f"--secure-port={network.API_PORT}",
            *self._serving(),
            f"--client-ca-file={self._pki('ca.crt')}",
            f"--kubelet-certificate-authority={self._pki('ca.crt')}",
            f"--kubelet-client-certificate={self._pki('kubelet-client.crt')}",
            f"--kubelet-client-key={self._pki('kubelet-client.key')}",
            "--kubelet-preferred-address-types=InternalIP",
            f"--service-account-key-file={self._pki('service-accounts.pub')}",
            f"--service-account-signing-key-file={self._pki('service-accounts.key')}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-cluster-ip-range={network.SERVICES}",
            "--authorization-mode=Node,RBAC",
            "--enable-admission-plugins=NodeRestriction",
            "--allow-privileged=true",
            "--anonymous-auth=false",
            "--profiling=false",
            "--max-requests-inflight=2000",
            "--max-mutating-requests-inflight=1000",
        )
        return Daemon("apiserver", argv, Probe("http", f"{network.API}/readyz"))

    def controller_manager(self) -> Daemon:
        """kube-controller-manager, with enough workers for hundreds of models at once."""
        workers = ("deployment", "replicaset", "endpoint", "service-endpoint", "namespace", "serviceaccount-token")
        argv = (
            self._tool("kube-controller-manager"),
            f"--kubeconfig={self.kubeconfig('controller-manager')}",
            "--bind-address=127.0.0.1",
            f"--secure-port={network.CONTROLLER_MANAGER_PORT}",
            *self._serving(),
            f"--service-account-private-key-file={self._pki('service-accounts.key')}",
            f"--root-ca-file={self._pki('ca.crt')}",
            "--use-service-account-credentials=true",
            "--leader-elect=false",
            "--profiling=false",
            "--kube-api-qps=1000",
            "--kube-api-burst=2000",
            *(f"--concurrent-{worker}-syncs=20" for worker in workers),
        )
        probe = Probe("http", f"https://127.0.0.1:{network.CONTROLLER_MANAGER_PORT}/healthz")
        return Daemon("controller-manager", argv, probe, after=("apiserver",))

    def scheduler(self) -> Daemon:
        """kube-scheduler."""
        argv = (
            self._tool("kube-scheduler"),
            f"--config={self.layout.conf / 'scheduler.yaml'}",
            "--bind-address=127.0.0.1",
            f"--secure-port={network.SCHEDULER_PORT}",
            *self._serving(),
        )
        probe = Probe("http", f"https://127.0.0.1:{network.SCHEDULER_PORT}/readyz")
        return Daemon("scheduler", argv, probe, after=("apiserver",))

    def kwok(self) -> Daemon:
        """Plays the simulated nodes and their pods, and touches no other."""
        argv = (
            self._tool("kwok"),
            f"--kubeconfig={self.kubeconfig('kwok')}",
            f"--config={self.layout.conf / 'kwok-stages.yaml'}",
            "--manage-all-nodes=false",
            "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
            f"--server-address=127.0.0.1:{network.KWOK_PORT}",
            f"--cidr={network.SIMULATED_PODS}",
            "--node-lease-duration-seconds=40",
        )
        return Daemon(
            "kwok", argv, Probe("http", f"http://127.0.0.1:{network.KWOK_PORT}/healthz"), after=("apiserver",)
        )

    def s3(self) -> Daemon:
        """The S3 server, with versions beside the objects and users of its own."""
        data = self.layout.data / "s3"
        argv = (
            self._tool("versitygw"),
            f"--port=127.0.0.1:{network.S3_PORT}",
            f"--port={network.NODE_IP}:{network.S3_PORT}",
            f"--admin-port=127.0.0.1:{network.S3_ADMIN_PORT}",
            f"--iam-dir={data / 'iam'}",
            "--health=/healthz",
            "--quiet",
            "posix",
            f"--sidecar={data / 'metadata'}",  # a file attribute takes 4 KiB on ext4: the policy of 18 readers
            f"--versioning-dir={data / 'versions'}",
            str(data / "objects"),
        )
        access, secret = self.programs.s3_root
        env = (("ROOT_ACCESS_KEY", access), ("ROOT_SECRET_KEY", secret))
        return Daemon("s3", argv, Probe("http", f"http://127.0.0.1:{network.S3_PORT}/healthz"), env=env)

    def registry(self) -> Daemon:
        """The image registry."""
        argv = (self._tool("registry"), "serve", str(self.layout.conf / "registry.yaml"))
        env = (
            ("OTEL_TRACES_EXPORTER", "none"),  # it would look for a collector
            ("REGISTRY_HTTP_SECRET", self.programs.registry_secret),
        )
        return Daemon("registry", argv, Probe("http", f"http://{network.REGISTRY}/v2/"), env=env)

    def gateway(self) -> Daemon:
        """Turns HTTPRoutes into Envoy's configuration; ready when Envoy's bootstrap file is there."""
        argv = (
            self.programs.python,
            "-m",
            "sandbox.gateway",
            f"--kubeconfig={self.kubeconfig('gateway')}",
            f"--xds-dir={XDS}",
            f"--listen={network.NODE_IP}:{network.GATEWAY_PORT}",
            f"--admin=127.0.0.1:{network.ENVOY_ADMIN_PORT}",
        )
        return Daemon("gateway", argv, Probe("file", str(XDS / "bootstrap.json")))

    def envoy(self) -> Daemon:
        """The gateway's proxy."""
        probe = Probe("http", f"http://127.0.0.1:{network.ENVOY_ADMIN_PORT}/ready")
        return Daemon("envoy", self.programs.envoy, probe, after=("gateway",))

    def containerd(self) -> Daemon:
        """Runs the containers."""
        argv = (self._tool("containerd"), f"--config={self.layout.conf / 'containerd.toml'}")
        return Daemon("containerd", argv, Probe("unix", config.CONTAINERD_SOCKET))

    def kubelet(self) -> Daemon:
        """Runs the pods of the real node, which is the system pool."""
        argv = (
            self._tool("kubelet"),
            f"--config={self.layout.conf / 'kubelet.yaml'}",
            f"--kubeconfig={self.kubeconfig('kubelet')}",
            f"--root-dir={self.layout.data / 'kubelet'}",
            f"--hostname-override={network.NODE_NAME}",
            f"--node-ip={network.NODE_IP}",
            f"--node-labels={network.POOL_LABEL}=system",
        )
        probe = Probe("http", f"http://127.0.0.1:{network.KUBELET_HEALTH_PORT}/healthz")
        return Daemon("kubelet", argv, probe, after=("apiserver", "containerd", "registry"))

    def kube_proxy(self) -> Daemon:
        """Leads Service addresses to pods."""
        argv = (self._tool("kube-proxy"), f"--config={self.layout.conf / 'kube-proxy.yaml'}")
        probe = Probe("http", f"http://127.0.0.1:{network.PROXY_HEALTH_PORT}/healthz")
        return Daemon("kube-proxy", argv, probe, after=("apiserver",))


def config_texts(layout: Layout, *, pause: str, cni_plugins: str, stages: str) -> dict[str, str]:
    """Every configuration file, by its path below the `conf` directory.

    Args:
        layout: where things are inside the node.
        pause: image reference of the pod sandbox; empty without real pods.
        cni_plugins: directory of the CNI plugins; empty without real pods.
        stages: text of KWOK's stages.
    """
    kubeconfig = layout.conf
    texts = {
        "scheduler.yaml": config.scheduler(str(kubeconfig / "scheduler.kubeconfig")),
        "registry.yaml": config.registry(layout),
        "kwok-stages.yaml": config.simulation(stages),
    }
    if pause:
        texts |= {
            "containerd.toml": config.containerd(layout, pause, cni_plugins),
            "cni/10-pods.conflist": config.cni(),
            "kubelet.yaml": config.kubelet(layout),
            "kube-proxy.yaml": config.kube_proxy(str(kubeconfig / "kube-proxy.kubeconfig")),
        }
    return texts
