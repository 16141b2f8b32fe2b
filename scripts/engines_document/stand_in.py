"""A stack for declarations that are in none: everything of its store is locked, and it has a gateway."""

from collections.abc import Iterator

from components.serving.engines.context import ArtifactSource, BuildContext, EngineFacts, NodeContext
from components.serving.spec import Artifact, Detector, Explainer, Method, ModelDeployment, ModelServer, Uri
from components.serving.spec.seldon1 import Seldon1Explainer
from scripts.engines_document.probes import OWN, Declared, model, own, server
from stacks.resolution import Part, is_verified, parts

FETCHES = "registry.example/artifact-fetch@sha256:" + "cd" * 32


def context(declared: Declared, engine: str, facts: EngineFacts) -> BuildContext:
    """What a builder is told.

    Args:
        declared: what is built.
        engine: its name.
        facts: how it is installed.
    """
    if not isinstance(declared, ModelDeployment):
        return BuildContext(namespace="science", engine=engine, nodes={}, facts=facts)
    return BuildContext(
        namespace=declared.team,
        engine=engine,
        nodes={part.key: _node(part, engine) for part in parts(declared, engine)},
        facts=facts,
        gateway=("gateway", "gateways"),
        gateway_cidrs=("10.0.0.1/32",),
        store_cidrs=("10.0.0.2/32",),
        surge=declared.rollout.strategy != "recreate",
    )


def _node(part: Part, engine: str) -> NodeContext:
    if not isinstance(part.artifact, Artifact):
        return NodeContext()
    digest = "sha256:" + part.artifact.name.encode().hex().ljust(64, "0")
    prefix = f"models/{part.artifact.name}/{digest}/"
    source = ArtifactSource(
        endpoint="https://s3.example",
        bucket="models",
        region="eu-west-1",
        prefix=prefix,
        digest=digest,
        image=FETCHES,
        secret="reader",  # noqa: S106  the name of a Secret
    )
    return NodeContext(artifact=source if is_verified(part, engine) else None, uri=f"s3://models/{prefix}")


def _hub() -> ModelServer:
    """A server whose files are not in the store, for engines without containers of one's own."""
    return server(artifact=Uri(uri="s3://elsewhere/iris"))


def carriers() -> Iterator[tuple[str, tuple[ModelDeployment, ...]]]:
    """What can have an artifact, and declarations in which nothing else has one; an engine shows the first it can."""
    files = Artifact(name="other")

    def explained(explainer: Explainer) -> tuple[ModelDeployment, ...]:
        return tuple(model(graph, first={"explainer": explainer}) for graph in (own(), _hub()))

    yield "a model server", (model(),)
    yield "a container of one's own", (model(own(artifact=files)),)
    yield (
        "an explainer of the engine",
        tuple(
            each
            for method in (Method.ANCHOR_TABULAR, Method.SQUARE_ATTACK)
            for each in explained(Explainer(method=method, artifact=files))
        ),
    )
    yield (
        "an explainer with an image",
        (
            *explained(Explainer(method=Method.CUSTOM, image=OWN, artifact=files)),
            *explained(
                Explainer(method=Method.CUSTOM, image=OWN, artifact=files, seldon1=Seldon1Explainer(type="lime"))
            ),
        ),
    )
    yield (
        "a detector",
        tuple(
            model(graph, detectors=(detector,))
            for graph in (own(), _hub())
            for detector in (
                Detector(name="d", watches="drift", image=OWN, artifact=files),
                Detector(name="d", watches="outlier", artifact=files),
            )
        ),
    )
