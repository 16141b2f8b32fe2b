"""The serving engines by name: their builder, the kinds they make, and when each is ready."""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import cast

from components.serving.engines.context import BuildContext, Manifest, Objects
from components.serving.spec import ModelDeployment
from components.serving.spec.own_kinds import OwnKind

Builder = Callable[[ModelDeployment | OwnKind, BuildContext], Objects]


@dataclass(frozen=True, kw_only=True, slots=True)
class Engine:
    """What serves models.

    Attributes:
        module: with the function `build`, imported when it is first needed.
        title: its name for people.
        ready: by kind, what the provider waits for (`pulumi.com/waitFor`); kinds that are not here have an await of
            the provider's own.
    """

    name: str
    title: str
    module: str
    ready: dict[str, str] = field(default_factory=dict)

    def build(self, model: ModelDeployment | OwnKind, context: BuildContext) -> Objects:
        """The objects of a model, or of a kind of its own, by role, in the order in which they are made. Pure."""
        return cast("Builder", import_module(self.module).build)(model, context)

    def waited_for(self, manifest: Manifest) -> Manifest:
        """The manifest as it is registered: one of the engine's own kinds says itself when it is ready."""
        if manifest["kind"] not in self.ready:
            return manifest
        metadata = manifest["metadata"]
        annotations = {"pulumi.com/waitFor": self.ready[manifest["kind"]]} | metadata.get("annotations", {})
        return manifest | {"metadata": metadata | {"annotations": annotations}}


_ROOM = "components.serving.engines"
ENGINES: dict[str, Engine] = {
    engine.name: engine
    for engine in (
        Engine(name="plain", title="plain Kubernetes", module=f"{_ROOM}.plain"),
        Engine(
            name="seldon1",
            title="Seldon Core 1",
            module=f"{_ROOM}.seldon1",
            ready={"SeldonDeployment": "jsonpath={.status.state}=Available"},
        ),
        Engine(
            name="seldon2",
            title="Seldon Core 2",
            module=f"{_ROOM}.seldon2",
            ready={"Model": "condition=ModelReady", "Pipeline": "condition=Ready", "Experiment": "condition=Ready"},
        ),
        Engine(
            name="kserve",
            title="KServe",
            module=f"{_ROOM}.kserve",
            ready={"InferenceService": "condition=Ready", "InferenceGraph": "condition=Ready"},
        ),
    )
}
