"""All models of a stack together, whatever their engines."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from components.serving.engines.context import EngineFacts
from components.serving.rules.base import Finding, rule
from components.serving.rules.common_engines import joined
from components.serving.spec import ModelDeployment


@dataclass(frozen=True, kw_only=True, slots=True)
class Served:
    """The models of a stack and what serves each.

    Attributes:
        models: with the stack's scale, by name.
        engines: by the model's name.
    """

    models: Mapping[str, ModelDeployment]
    engines: Mapping[str, str]


@rule("C-08", source="https://kubernetes.io/docs/concepts/overview/working-with-objects/names/", about=Served)
def models_do_not_meet(served: Served, _: EngineFacts) -> Iterator[Finding]:
    """No two models of a team have a Service or a Deployment of the same name once the engine has joined it."""
    owners: dict[tuple[str, str], str] = {}
    for name, model in served.models.items():
        for path, made in joined(model, served.engines[name]):
            other = owners.setdefault((model.team, made), name)
            if other != name:
                yield Finding(
                    path=f"{name}.{path}",
                    value=made,
                    why=f"{other}, of the same team, makes an object of this name, and one would replace the other",
                    fix="rename a model or a predictor",
                )


@rule("C-09", source="https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule", about=Served)
def paths_do_not_meet(served: Served, _: EngineFacts) -> Iterator[Finding]:
    """No two models on plain Kubernetes are reached at the same host and path."""
    owners: dict[tuple[str | None, str], str] = {}
    for name, model in served.models.items():
        if served.engines[name] == "plain" and model.exposure.external:
            other = owners.setdefault((model.exposure.host, model.path), name)
            if other != name:
                yield Finding(
                    path=f"{name}.exposure.path",
                    value=model.path,
                    why=f"{other} is reached there, and the gateway would take the older of the two routes",
                    fix="give another path or host",
                )
