"""Whether pods hold against the Pod Security level `restricted`, from manifests alone.

Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/ (baseline and restricted, read 2026-11-21).
Windows is not looked at. What an engine adds to a pod after it has the manifest is not in it, and is not seen here.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Manifest = Mapping[str, Any]
# The volumes that are allowed, by their field.
_VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
_SECCOMP = ("RuntimeDefault", "Localhost")
_SELINUX = ("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t")
_SYSCTLS = {
    "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start", "net.ipv4.ping_group_range", "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem", "net.ipv4.tcp_syncookies", "net.ipv4.tcp_wmem",
}  # fmt: skip


def pods(manifest: Manifest) -> Iterator[tuple[str, Manifest]]:
    """The PodSpecs in an object with their paths, also those that an engine completes: of those, what is said.

    Args:
        manifest: of any kind; one without pods gives none.
    """
    spec = manifest.get("spec") or {}
    match manifest.get("kind"):
        case "Deployment" | "StatefulSet" | "DaemonSet" | "Job":
            yield "spec.template.spec", spec["template"]["spec"]
        case "SeldonDeployment":
            for at, predictor in enumerate(spec["predictors"]):
                path = f"spec.predictors[{at}]"
                for n, component in enumerate(predictor.get("componentSpecs") or ()):
                    yield f"{path}.componentSpecs[{n}].spec", component.get("spec") or {}
        case "Server":
            if pod := spec.get("podSpec"):
                yield "spec.podSpec", pod
        case "InferenceService":
            for path, component in _components(spec):
                served = [{"name": key} | component[key] for key in ("model", "art") if key in component]
                # A PodSpec, but for the container that its runtime completes.
                yield path, {**component, "containers": [*served, *(component.get("containers") or ())]}


def _components(spec: Manifest) -> Iterator[tuple[str, Manifest]]:
    for key in ("predictor", "transformer", "explainer"):
        if component := spec.get(key):
            yield f"spec.{key}", component
    for at, canary in enumerate(spec.get("canary") or ()):
        yield f"spec.canary[{at}].predictor", canary["predictor"]


def violations(pod: Manifest) -> list[str]:
    """The fields of a PodSpec that `restricted` does not allow, as paths.

    Args:
        pod: a PodSpec.
    """
    return [
        *_shared(pod),
        *_pod(pod),
        *(field for path, one in _containers(pod) for field in _container(path, one, pod)),
    ]


def _shared(pod: Manifest) -> Iterator[str]:
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(key):
            yield key
    for at, volume in enumerate(pod.get("volumes") or ()):
        for kind in volume.keys() - {"name"} - _VOLUMES:
            yield f"volumes[{at}].{kind}"


def _pod(pod: Manifest) -> Iterator[str]:
    security = pod.get("securityContext") or {}
    yield from (f"securityContext.{field}" for field in _either(security))
    for sysctl in security.get("sysctls") or ():
        if sysctl["name"] not in _SYSCTLS:
            yield "securityContext.sysctls"


def _containers(pod: Manifest) -> Iterator[tuple[str, Manifest]]:
    for kind in ("initContainers", "containers", "ephemeralContainers"):
        for at, container in enumerate(pod.get(kind) or ()):
            yield f"{kind}[{at}]", container


def _container(path: str, container: Manifest, pod: Manifest) -> Iterator[str]:
    own, shared = container.get("securityContext") or {}, pod.get("securityContext") or {}
    for field in (*_either(own), *_own(own), *_missing(own, shared)):
        yield f"{path}.securityContext.{field}"
    if any(port.get("hostPort") for port in container.get("ports") or ()):
        yield f"{path}.ports"


def _own(security: Manifest) -> Iterator[str]:
    """What only a container can say."""
    capabilities = security.get("capabilities") or {}
    if security.get("privileged"):
        yield "privileged"
    if security.get("allowPrivilegeEscalation") is not False:
        yield "allowPrivilegeEscalation"
    if "ALL" not in (capabilities.get("drop") or ()):
        yield "capabilities.drop"
    if set(capabilities.get("add") or ()) - {"NET_BIND_SERVICE"}:
        yield "capabilities.add"
    if security.get("procMount", "Default") != "Default":
        yield "procMount"


def _missing(own: Manifest, shared: Manifest) -> Iterator[str]:
    """What a container or its pod has to say."""
    if own.get("runAsNonRoot", shared.get("runAsNonRoot")) is not True:
        yield "runAsNonRoot"
    if (own.get("seccompProfile") or shared.get("seccompProfile") or {}).get("type") not in _SECCOMP:
        yield "seccompProfile"


def _either(security: Manifest) -> Iterator[str]:
    """What neither a container nor its pod may say."""
    if security.get("runAsUser") == 0:
        yield "runAsUser"
    options = security.get("seLinuxOptions") or {}
    if options.get("type", "") not in _SELINUX or options.get("user") or options.get("role"):
        yield "seLinuxOptions"
    if (security.get("appArmorProfile") or {}).get("type") == "Unconfined":
        yield "appArmorProfile"
