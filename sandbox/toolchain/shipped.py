"""The table of Slipway's tools. Versions are not here: `tools/go.mod` pins them."""

from pathlib import Path

from sandbox.toolchain.recipe import GoTool, ModuleData, Recipe, Release

_GIB = 1024**3

_STAMP = "k8s.io/component-base/version"
_KUBERNETES_LDFLAGS = " ".join(
    f"-X {_STAMP}.{key}={value}"
    for key, value in {
        "gitVersion": "{version}",
        "gitMajor": "{major}",
        "gitMinor": "{minor}",
        "gitTreeState": "clean",
        "gitCommit": "gomodule",
        "buildDate": "1970-01-01T00:00:00Z",
    }.items()
)
_GITHUB = "https://github.com"


def _kubernetes(name: str, seconds: float, *, linux_only: bool = False, same_minor: bool = False) -> GoTool:
    """A program of k8s.io/kubernetes. Only kubectl is published for more than Linux."""
    address = f"https://dl.k8s.io/release/v{{version}}/bin/{{os}}/{{arch}}/{name}"
    return GoTool(
        name=name,
        package=f"k8s.io/kubernetes/cmd/{name}",
        module="k8s.io/kubernetes",
        ldflags=_KUBERNETES_LDFLAGS,
        seconds=seconds,
        systems=("linux",) if linux_only else ("linux", "darwin"),
        question=("version", "--client", "--output=yaml") if name == "kubectl" else ("--version",),
        same_minor=same_minor,
        release=Release(
            archive=address,
            checksums=f"{address}.sha256",
            systems=("linux", "darwin") if name == "kubectl" else ("linux",),
        ),
    )


_ETCD = GoTool(
    name="etcd",
    package="go.etcd.io/etcd/server/v3",
    module="go.etcd.io/etcd/server/v3",
    seconds=60,
    question=("--version",),
    release=Release(
        archive=f"{_GITHUB}/etcd-io/etcd/releases/download/v{{version}}/etcd-v{{version}}-{{os}}-{{arch}}.tar.gz",
        checksums=f"{_GITHUB}/etcd-io/etcd/releases/download/v{{version}}/SHA256SUMS",
        systems=("linux",),
    ),
)
_PULUMI = GoTool(
    name="pulumi",
    package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    module="github.com/pulumi/pulumi/pkg/v3",
    ldflags="-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version={version}",
    tags="osusergo,grpcnotrace",
    seconds=180,
    question=("version",),
    release=Release(
        archive="https://get.pulumi.com/releases/sdk/pulumi-v{version}-{os}-{x64}.tar.gz",
        checksums=f"{_GITHUB}/pulumi/pulumi/releases/download/v{{version}}/pulumi-{{version}}-checksums.txt",
        whole=True,
    ),
)
_HELM = GoTool(
    name="helm",
    package="helm.sh/helm/v3/cmd/helm",
    module="helm.sh/helm/v3",
    ldflags="-X helm.sh/helm/v3/internal/version.version={version}",
    seconds=10,
    question=("version", "--template={{.Version}}"),
    release=Release(
        archive="https://get.helm.sh/helm-v{version}-{os}-{arch}.tar.gz",
        checksums="https://get.helm.sh/helm-v{version}-{os}-{arch}.tar.gz.sha256sum",
    ),
)
# No checksum file is published for kwok.
_KWOK = GoTool(
    name="kwok",
    package="sigs.k8s.io/kwok/cmd/kwok",
    module="sigs.k8s.io/kwok",
    ldflags="-X sigs.k8s.io/kwok/pkg/consts.Version={version}",
    seconds=10,
    question=("--version",),
)
_VERSITYGW_ARCHIVE = f"{_GITHUB}/versity/versitygw/releases/download/v{{version}}/versitygw_v{{version}}_{{Os}}_{{cpu}}"
_VERSITYGW = GoTool(
    name="versitygw",
    package="github.com/versity/versitygw/cmd/versitygw",
    module="github.com/versity/versitygw",
    ldflags="-X main.Version={version}",
    seconds=45,
    question=("--version",),
    release=Release(
        archive=f"{_VERSITYGW_ARCHIVE}.tar.gz",
        checksums=f"{_GITHUB}/versity/versitygw/releases/download/v{{version}}/checksums.txt",
    ),
)
# CoreDNS runs in an image of ours, which needs a static binary: whatever is on PATH is not asked.
_COREDNS_ARCHIVE = f"{_GITHUB}/coredns/coredns/releases/download/v{{version}}/coredns_{{version}}_{{os}}_{{arch}}.tgz"
_COREDNS = GoTool(
    name="coredns",
    package="./coredns",
    module="github.com/coredns/coredns",
    seconds=10,
    systems=("linux",),
    release=Release(archive=_COREDNS_ARCHIVE, checksums=f"{_COREDNS_ARCHIVE}.sha256"),
)
# "registry" is too common a name to start whatever bears it on PATH.
_REGISTRY_ARCHIVE = (
    f"{_GITHUB}/distribution/distribution/releases/download/v{{version}}/registry_{{version}}_{{os}}_{{arch}}.tar.gz"
)
_REGISTRY = GoTool(
    name="registry",
    package="./registry",
    module="github.com/distribution/distribution/v3",
    ldflags="-X github.com/distribution/distribution/v3/version.version={version}",
    seconds=10,
    release=Release(archive=_REGISTRY_ARCHIVE, checksums=f"{_REGISTRY_ARCHIVE}.sha256"),
)


def _own(name: str) -> GoTool:
    return GoTool(name=f"slipway-{name}", package=f"./cmd/{name}", folder="node", seconds=2, systems=("linux",))


RECIPE = Recipe(
    root=Path(__file__).parent,
    tools=(
        _ETCD,  # alone: gRPC, telemetry and the standard library are in nearly all the others, too
        _kubernetes("kube-apiserver", 180),  # the Kubernetes libraries ...
        _PULUMI,  # ... beside what shares least with them
        _kubernetes("kubelet", 30, linux_only=True),
        _kubernetes("kube-controller-manager", 40),
        _VERSITYGW,
        _kubernetes("kubectl", 15, same_minor=True),
        _HELM,
        _kubernetes("kube-scheduler", 10),
        _kubernetes("kube-proxy", 10, linux_only=True),
        _KWOK,
        _COREDNS,
        _REGISTRY,
        _own("forward"),
        _own("pause"),
    ),
    data=(
        ModuleData(
            name="kwok-stages.yaml",
            module="sigs.k8s.io/kwok",
            sources=(
                "kustomize/stage/node/fast",
                "kustomize/stage/node/heartbeat-with-lease",
                "kustomize/stage/pod/fast",
            ),
        ),
        ModuleData(name="gateway-crds", module="sigs.k8s.io/gateway-api", sources=("config/crd/standard",)),
    ),
    disk=9 * _GIB,
)
