"""What of `restricted` the pods in the engines' objects are against, over everything that is built for this page."""

from collections.abc import Iterator

from components.serving.engines.context import EngineFacts, Manifest
from components.serving.engines.registry import ENGINES
from components.serving.pod_security import pods, violations
from scripts.engines_document.answers import refusing
from scripts.engines_document.probes import PROBES, Declared
from scripts.engines_document.stand_in import carriers, context

_FACTS = EngineFacts(keda=True, prometheus="http://prometheus.monitoring:9090", seldon2_autoscaling=True)


def found(engine: str) -> tuple[int, tuple[str, ...]]:
    """How many pods are in an engine's objects, and the fields of them that `restricted` does not allow."""
    every = [pod for manifest in _objects(engine) for _, pod in pods(manifest)]
    return len(every), tuple(dict.fromkeys(field for pod in every for field in violations(pod)))


def _objects(engine: str) -> Iterator[Manifest]:
    for declared in _declarations(engine):
        if not refusing(declared, engine, _FACTS):
            yield from ENGINES[engine].build(declared, context(declared, engine, _FACTS)).values()


def _declarations(engine: str) -> Iterator[Declared]:
    yield from (probe.of(engine)[0] for probe in PROBES)
    yield from (declared for _, several in carriers() for declared in several)
