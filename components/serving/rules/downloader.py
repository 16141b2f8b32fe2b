"""Whether an engine's own downloader has the memory for what it fetches."""

from collections.abc import Iterator

from catalog.quantity import quantity
from catalog.startup import MIB, initializer_memory_mib
from components.serving.engines.context import EngineFacts
from components.serving.rules.base import Finding, rule
from components.serving.rules.fit import files_of
from components.serving.rules.room import Fleet
from components.serving.spec import Artifact, ModelDeployment

_SOURCE = (
    "kserve v0.20.0: config/storagecontainers/default.yaml; seldon-core v1.17.1: "
    "helm-charts/seldon-core-operator/values.yaml (storageInitializer.memoryLimit)"
)
# It is told of downloads from about this size on; smaller ones do with any limit.
_LARGE = 10_000_000_000


@rule("FIT-10", source=_SOURCE, trap=True, about=Fleet)
def downloader_has_memory(fleet: Fleet, facts: EngineFacts) -> Iterator[Finding]:
    """The downloader of KServe or Seldon Core 1 has the memory that an artifact of more than 10 GB takes."""
    limits = {"kserve": facts.kserve_initializer_memory, "seldon1": facts.seldon1_initializer_memory}
    for model in fleet.asked("FIT-10"):
        engine = fleet.engines.get(model.name, "")
        if engine not in limits:
            continue
        files = _fetched(model, engine, fleet)
        need = initializer_memory_mib(files)
        if files >= _LARGE and quantity(limits[engine]) < need * MIB:
            yield Finding(
                path=model.name,
                value=f"{files / 1e9:.3g} GB",
                why=f"the storage initializer, with {limits[engine]}, is killed before it has fetched this: "
                f"it needs about {need} MiB (1 GiB, and a twentieth of what it writes)",
                fix=f"give it more where {engine} is installed, and say it here: engines.{engine}.initializer_memory",
            )


def _fetched(model: ModelDeployment, engine: str, fleet: Fleet) -> int:
    """Bytes that the engine's own downloader fetches into the largest pod, as far as they are known."""
    largest = 0
    for predictor in model.predictors:
        nodes = [node for _, node in predictor.nodes("") if node.kind != "builtin" and node.artifact]
        if engine == "seldon1":  # a first step of ours fetches what is in the store, and needs no more for more
            nodes = [node for node in nodes if not isinstance(node.artifact, Artifact)]
        if nodes:
            largest = max(largest, files_of(model, nodes, fleet.sizes)[0] or 0)
    return largest
