"""A model deployment as a component: the engine's objects, registered and awaited."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pulumi

from components.contracts import ClusterHandle, ReaderHandle, ServingHandle, TeamHandle
from components.kubernetes_object import KubernetesObject
from components.labels import annotated
from components.serving.engines import plain
from components.serving.engines.context import BuildContext, Manifest, node_key
from components.serving.engines.endpoints import endpoints
from components.serving.engines.registry import ENGINES
from components.serving.spec import ModelDeployment as ModelDeploymentSpec

# What needs nothing but the namespace, and is there before a pod is.
_EARLY = frozenset({"NetworkPolicy", "PodDisruptionBudget", "Service"})


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelDeploymentArgs:
    """A model in one cluster.

    Attributes:
        model: the declaration, with the stack's scale.
        context: what the builder needs beside it; it names the engine.
        readers: the identities that fetch its artifacts, by the name of the Secret with their keys, if any.
    """

    model: ModelDeploymentSpec
    context: BuildContext
    cluster: ClusterHandle
    team: TeamHandle
    readers: Mapping[str, ReaderHandle]


class ModelDeployment(pulumi.ComponentResource):
    """One model. Done when its engine says that it can be asked, or with the reason why it cannot."""

    handle: ServingHandle

    def __init__(self, name: str, args: ModelDeploymentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:serving:ModelDeployment", name, None, opts)
        model, marker, engine = args.model, args.cluster.marker, ENGINES[args.context.engine]
        early = pulumi.ResourceOptions(parent=self, depends_on=[args.team.made])
        # A destroy goes level by level: after the guards, as late as a reader's Secret, all models' pods end together.
        guarded = pulumi.ResourceOptions(parent=self, depends_on=list(args.team.guards))
        needed: list[pulumi.Resource] = [
            KubernetesObject(secret, manifest, marker, early) for secret, manifest in _secrets(args).items()
        ]
        needed += {made.__hash__(): made for reader in args.readers.values() for made in reader.made}.values()
        awaited: list[tuple[str, pulumi.Resource]] = []
        for role, manifest in engine.build(model, args.context).items():
            kind = manifest["kind"]
            if kind == "ServiceAccount":
                account = _with_identity(manifest, args.readers.values())
                needed.append(KubernetesObject(f"{name}-{role}", account, marker, guarded))
            elif kind in _EARLY:
                needed.append(KubernetesObject(f"{name}-{role}", manifest, marker, early))
            elif kind == "HTTPRoute" and len(model.predictors) == 1:
                KubernetesObject(f"{name}-{role}", manifest, marker, early)
            else:
                # Several predictors get their shares of the requests when all of them can answer.
                before = [made for other, made in awaited if other != kind]
                options = pulumi.ResourceOptions(parent=self, depends_on=[*needed, *before, *args.team.guards])
                awaits = kind == "Deployment" or kind in engine.ready
                if awaits:
                    options.custom_timeouts = _timeouts(args.context)
                made = KubernetesObject(f"{name}-{role}", engine.waited_for(manifest), marker, options)
                if awaits:
                    awaited.append((kind, made))
        self.handle = _handle(model, args.context)
        self.register_outputs(
            {
                "path": self.handle.path,
                "restUrl": self.handle.rest_url,
                "grpcUrl": self.handle.grpc_url,
                "metrics": dict(self.handle.metrics),
                "artifact": self.handle.artifact_digest,
            }
        )


def _secrets(args: ModelDeploymentArgs) -> dict[str, Manifest]:
    """The Secrets with the keys of the readers that some pod of the model uses."""
    model, context = args.model, args.context
    used = {node.artifact.secret for node in context.nodes.values() if node.artifact and node.artifact.secret}
    found = {}
    for secret in sorted(used & args.readers.keys()):
        made = plain.reader_secret(model.name, context.namespace, model.team, context.engine, secret=secret)
        found[secret] = made | {"stringData": dict(args.readers[secret].secret_env)}
    return found


def _with_identity(manifest: Manifest, readers: Iterable[ReaderHandle]) -> Manifest:
    """A service account with what its cloud wants to find on it."""
    annotations: Manifest = {}
    for reader in readers:
        annotations |= reader.annotations
    return annotated(manifest, annotations) if annotations else manifest


def _timeouts(context: BuildContext) -> pulumi.CustomTimeouts:
    """The provider's own wait ends a little after the deadline, so that Kubernetes' reason comes first."""
    wait = f"{context.deadline_seconds + 30}s"
    return pulumi.CustomTimeouts(create=wait, update=wait)


def _handle(model: ModelDeploymentSpec, context: BuildContext) -> ServingHandle:
    reached = endpoints(model, context)
    first = context.of(node_key(model, model.predictors[0], model.predictors[0].graph))
    return ServingHandle(
        name=model.name,
        path=model.path,
        rest_url=reached.rest,
        grpc_url=reached.grpc,
        metrics=reached.pods,
        artifact_digest=first.artifact.digest if first.artifact else None,
    )
