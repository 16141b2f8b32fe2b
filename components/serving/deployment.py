"""A model deployment as a component: the engine's objects, registered and awaited."""

from dataclasses import dataclass

import pulumi

from components.contracts import ClusterHandle, ReaderHandle, ServingHandle, TeamHandle
from components.kubernetes_object import KubernetesObject
from components.serving.engines import plain
from components.serving.engines.context import BuildContext
from components.serving.spec import ModelDeployment as ModelDeploymentSpec


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelDeploymentArgs:
    """A model in one cluster.

    Attributes:
        model: the declaration, with the stack's scale.
        context: what the builder needs beside it.
        reader: the identity that fetches the artifact, None where none is fetched.
    """

    model: ModelDeploymentSpec
    context: BuildContext
    cluster: ClusterHandle
    team: TeamHandle
    reader: ReaderHandle | None


class ModelDeployment(pulumi.ComponentResource):
    """One model. Done when its engine says that it can be asked, or with the reason why it cannot."""

    handle: ServingHandle

    def __init__(self, name: str, args: ModelDeploymentArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:serving:ModelDeployment", name, None, opts)
        model, marker = args.model, args.cluster.marker
        objects = plain.build(model, args.context)
        early = pulumi.ResourceOptions(parent=self, depends_on=[args.team.made])
        # A destroy goes level by level: after the guards, as late as a reader's Secret, every model's pods end together.
        guarded = pulumi.ResourceOptions(parent=self, depends_on=list(args.team.guards))
        needed = [
            KubernetesObject(f"{name}-service-account", objects["service-account"], marker, guarded),
            KubernetesObject(f"{name}-service", objects["service"], marker, early),
        ]
        if args.reader and any(node.artifact for node in args.context.nodes.values()):
            secret = plain.reader_secret(name, args.context.namespace, model.team, args.context.engine)
            secret["stringData"] = dict(args.reader.secret_env)
            needed.append(KubernetesObject(f"{name}-reader", secret, marker, early))
        # The provider's own wait ends a little after the deadline, so that Kubernetes' reason comes first.
        wait = f"{args.context.deadline_seconds + 30}s"
        KubernetesObject(
            f"{name}-deployment",
            objects["deployment"],
            marker,
            pulumi.ResourceOptions(
                parent=self,
                depends_on=[*needed, *args.team.guards],
                custom_timeouts=pulumi.CustomTimeouts(create=wait, update=wait),
            ),
        )
        KubernetesObject(f"{name}-route", objects["route"], marker, early)
        self.handle = ServingHandle(name=name, path=model.path)
        self.register_outputs({"path": model.path})
