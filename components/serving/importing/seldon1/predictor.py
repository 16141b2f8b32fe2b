"""One predictor: its graph, its pods, its explainer."""

import json
from typing import Any

from components.serving.engines.seldon1 import names, words
from components.serving.importing.reading import Reading, present
from components.serving.importing.seldon1.annotations import of_predictor
from components.serving.importing.seldon1.components import Components
from components.serving.importing.seldon1.containers import variables, words_of
from components.serving.importing.seldon1.graph import Nodes, endpoint, fetching
from components.serving.spec import Explainer, Method, Predictor, Protocol, Scaling, Uri
from components.serving.spec.seldon1 import Orchestrator, Seldon1Explainer, Seldon1Predictor

_METHODS = {value: key for key, value in words.METHODS.items()}


def read_predictor(given: Reading, model: str, protocol: Protocol | None) -> Predictor | None:
    """A predictor; None where it has a problem, which is noted.

    Args:
        given: from the manifest.
        model: name of the deployment.
        protocol: of the deployment.
    """
    root, replicas = given.take("graph"), given.take("replicas")
    components = Components(given.children("componentSpecs"), root, replicated=replicas is not None)
    graph = Nodes(model, components.found).read(Reading(root, given.at("graph"), given.notes))
    annotations, slot = of_predictor(given.said("annotations") or {})
    ssl = given.child("ssl")
    name = given.take("name")
    fields = present(
        name=name,
        labels=given.said("labels"),
        annotations=annotations or None,
        traffic=given.take("traffic"),
        shadow=given.said("shadow"),
        explainer=_explainer(given, names.explainer(model, name), protocol),
        scaling=components.scaling if replicas is None else Scaling(min_replicas=replicas),
    )
    slot |= present(
        engine_resources=given.said("engineResources"),
        tls_secret=ssl.said("certSecretName"),
        progress_deadline=given.take("progressDeadlineSeconds"),
        orchestrator=_orchestrator(given.child("svcOrchSpec")),
        components=components.declared or None,
    )
    ssl.done()
    given.done()
    if graph is None:
        return None
    return given.make(Predictor, graph=graph, seldon1=Seldon1Predictor(**slot) if slot else None, **fields)


def _orchestrator(given: Reading) -> Orchestrator | None:
    entries = given.said("env") or []
    env = variables(entries)
    if env is None:
        given.refuse("env", "a declaration has every variable once, under a name that a shell can have")
    fields = present(env=env or None, resources=given.take("resources"), replicas=given.take("replicas"))
    given.done()
    return Orchestrator(**fields) if fields else None


def _explainer(predictor: Reading, name: str, protocol: Protocol | None) -> Explainer | None:
    if not predictor.has("explainer"):
        return None
    given = predictor.child("explainer")
    kind, uri, replicas = given.said("type"), given.said("modelUri"), given.take("replicas")
    container = {key: value for key, value in (given.said("containerSpec") or {}).items() if value is not None}
    if container.get("name") == name and len(container) > 1:
        del container["name"]
    fields: dict[str, Any] = words_of(container)
    config, initial = given.said("config") or {}, given.said("initParameters")
    slot: dict[str, Any] = fetching(given) | endpoint(given)
    if protocol is Protocol.V2:
        slot |= {"config": config} if config else {}
        if (parameters := _parameters(initial)) is not None:
            fields["parameters"] = parameters
            initial = None
    elif config:
        fields["parameters"] = config
    slot |= present(init_parameters=initial, type=kind if kind not in _METHODS else None)
    given.done()
    fields |= present(
        artifact=Uri(uri=uri) if uri else None,
        replicas=replicas,
        container=container or None,
        seldon1=Seldon1Explainer(**slot) if slot else None,
    )
    return given.make(Explainer, method=_METHODS.get(kind, Method.CUSTOM), **fields)


def _parameters(text: str | None) -> dict[str, Any] | None:
    """JSON as the builder writes it, read; None for other text."""
    try:
        found = json.loads(text or "")
    except ValueError:
        return None
    return found if isinstance(found, dict) and found and json.dumps(found) == text else None
