"""Which pods verify the artifact that they read, from what the builders make of it."""

from collections.abc import Iterator, Mapping, Sequence

from components.serving.engines.context import EngineFacts, Manifest
from components.serving.engines.registry import ENGINES
from components.serving.pod_security import pods
from components.serving.spec import ModelDeployment
from scripts.engines_document.answers import common, refusing
from scripts.engines_document.stand_in import FETCHES, carriers, context

VERIFIED = "every file is verified by the pod"
UNVERIFIED = "not verified by the pod"
_FACTS = EngineFacts()


def rows() -> Iterator[tuple[str, Mapping[str, str]]]:
    """What can have an artifact, and what each engine's pods do with it."""
    for what, declared in carriers():
        yield what, {engine: _of(engine, declared) for engine in ENGINES}


def _of(engine: str, declared: Sequence[ModelDeployment]) -> str:
    refused = []
    for each in declared:
        rules = refusing(each, engine, _FACTS)
        if not rules:
            made = ENGINES[engine].build(each, context(each, engine, _FACTS)).values()
            return VERIFIED if any(map(_verifies, made)) else UNVERIFIED
        refused.append(rules)
    return f"no: {', '.join(common(refused))}"


def _verifies(manifest: Manifest) -> bool:
    """Whether a first step of ours is in a pod, with the digest that it has to find."""
    steps = [step for _, pod in pods(manifest) for step in pod.get("initContainers", ()) if step["image"] == FETCHES]
    return any(arg.startswith("--digest=sha256:") for step in steps for arg in step["args"])
