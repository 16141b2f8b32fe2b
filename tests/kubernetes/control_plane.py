"""A control plane of its own for the tests: etcd and the API server, on request its controllers, on 127.0.0.1."""

import ctypes
import datetime as dt
import ipaddress
import json
import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from tests.ports import free_ports

_UNHURRIED = ("--kube-api-qps=500", "--kube-api-burst=1000")  # the default of 20 a second is for shared clusters


def tool(name: str) -> Path:
    """The program, as the sandbox would find it; `$SLIPWAY_DEV_BIN` goes first."""
    given = os.environ.get("SLIPWAY_DEV_BIN")
    if given:
        return Path(given) / name
    from sandbox.toolchain import locate

    return Path(locate.tool(name))


def _end_with_parent() -> None:
    """In a new process: it is killed when this test run is, also when that is killed itself (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Authority:
    """A certificate authority that lives for one test run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "slipway-test")])
        self.certificate = self._sign(self.name, self.key, ca=True)
        self.path = folder / "ca.crt"
        self.path.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str, group: str = "") -> tuple[Path, Path]:
        """A key pair for a client (its group is its `O`) or for a server on 127.0.0.1."""
        key = ec.generate_private_key(ec.SECP256R1())
        parts = [x509.NameAttribute(NameOID.COMMON_NAME, name)]
        if group:
            parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, group))
        certificate = self._sign(x509.Name(parts), key)
        paths = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        write_key(paths[1], key)
        return paths

    def _sign(self, subject: x509.Name, key: Any, *, ca: bool = False) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        local = x509.SubjectAlternativeName(
            [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        )
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(minutes=5))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(local, critical=False)
            .sign(self.key, hashes.SHA256())
        )


def write_key(path: Path, key: Any) -> None:
    """A private key as PEM, readable by its owner only."""
    encoded = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.touch(0o600)
    path.write_bytes(encoded)


class ControlPlane:
    """Processes that are started on demand and always stopped.

    `kubeconfig` is the administrator's (contents embedded), `server` the API server's address.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.ports = dict(zip(("etcd", "peer", "api"), free_ports(3), strict=True))
        self.server = f"https://127.0.0.1:{self.ports['api']}"
        self.authority = Authority(folder)
        self.kubeconfig = self.config_for("admin", "system:masters")
        self.kubeconfig_path = folder / "admin.kubeconfig"
        self.kubeconfig_path.write_text(self.kubeconfig)

    def config_for(self, user: str, group: str) -> str:
        """A kubeconfig of a client of this API server, as text."""
        certificate, key = self.authority.issue(user, group)
        return yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "test",
                "contexts": [{"name": "test", "context": {"cluster": "test", "user": user}}],
                "clusters": [
                    {
                        "name": "test",
                        "cluster": {"server": self.server, "certificate-authority": str(self.authority.path)},
                    }
                ],
                "users": [{"name": user, "user": {"client-certificate": str(certificate), "client-key": str(key)}}],
            }
        )

    def start(self) -> None:
        """etcd and the API server, ready to answer."""
        signer = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        write_key(self.folder / "sa.key", signer)
        etcd, peer = f"http://127.0.0.1:{self.ports['etcd']}", f"http://127.0.0.1:{self.ports['peer']}"
        self._run(
            "etcd",
            f"--data-dir={self.folder / 'etcd'}",
            "--unsafe-no-fsync",
            f"--listen-client-urls={etcd}",
            f"--advertise-client-urls={etcd}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
        )
        certificate, key = self.authority.issue("apiserver")
        self._run(
            "kube-apiserver",
            f"--etcd-servers={etcd}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            "--endpoint-reconciler-type=none",
            f"--secure-port={self.ports['api']}",
            f"--tls-cert-file={certificate}",
            f"--tls-private-key-file={key}",
            f"--client-ca-file={self.authority.path}",
            f"--service-account-key-file={self.folder / 'sa.key'}",
            f"--service-account-signing-key-file={self.folder / 'sa.key'}",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--authorization-mode=RBAC",
            "--service-cluster-ip-range=10.77.0.0/24",
            "--profiling=false",
        )
        self._wait_ready()

    def start_controllers(self) -> None:
        """Controller manager, scheduler and KWOK (for nodes with its annotation); only the first call does anything."""
        if "kwok" in self.processes:
            return
        config = f"--kubeconfig={self.kubeconfig_path}"
        self._run(
            "kube-controller-manager",
            config,
            "--secure-port=0",
            "--leader-elect=false",
            *_UNHURRIED,
            f"--service-account-private-key-file={self.folder / 'sa.key'}",
            "--controllers=*,-node-ipam-controller",
        )
        self._run(
            "kube-scheduler",
            config,
            "--secure-port=0",
            "--leader-elect=false",
            *_UNHURRIED,
        )
        self._run(
            "kwok",
            config,
            f"--config={Path(__file__).parent / 'kwok.yaml'}",
            "--manage-all-nodes=false",
            "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
            "--cidr=10.123.0.0/24",
        )

    def stop(self) -> None:
        """Ends every process and waits for it.

        Raises:
            AssertionError: one had ended before, which is why tests failed.
        """
        ended = {name: process for name, process in self.processes.items() if process.poll() is not None}
        for process in reversed(self.processes.values()):
            process.send_signal(signal.SIGKILL)
        for process in self.processes.values():
            process.wait(10)
        self.processes.clear()
        assert not ended, "\n".join(f"{name} had ended: {self._said(name)}" for name in ended)

    def call(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> Any:
        """One request as the administrator, past everything under test. An absent object is `None`."""
        context = ssl.create_default_context(cafile=str(self.authority.path))
        context.load_cert_chain(self.folder / "admin.crt", self.folder / "admin.key")
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.server + path, data, {"Content-Type": kind}, method=method)
        try:
            with urllib.request.urlopen(request, context=context, timeout=30) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            with error:
                text = error.read().decode()
            if error.code == 404:
                return None
            raise AssertionError(f"{method} {path}: {error.code} {text}") from None

    def _run(self, name: str, *arguments: str) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                [str(tool(name)), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509 - one system call, and no lock is taken
            )

    def _said(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()[-2000:]

    def _wait_ready(self) -> None:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            for name, process in self.processes.items():
                if process.poll() is not None:
                    raise AssertionError(f"{name} ended: {self._said(name)}")
            try:
                self.call("GET", "/readyz/poststarthook/start-kube-apiserver-admission-initializer")
                if self.call("GET", "/api/v1/namespaces/default"):
                    return
            except (OSError, AssertionError, ValueError):
                pass
            time.sleep(0.1)
        raise AssertionError("the API server did not become ready in 30 s")
