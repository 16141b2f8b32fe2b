"""The stack file as typed settings: the only reader of `pulumi.Config`, and of the file itself for `slipway check`."""

import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from accounts.spec import CiSpec
from catalog.errors import SeveralErrors, SlipwayError
from catalog.gpu import SYSTEM_POOL
from catalog.plain import Plain, Suggested, adapter, nearest, validated
from components.clusters import spec as clusters
from components.clusters.spec import CloudCluster, ClusterSpec, NodePool, unknown_places
from components.clusters.spec.given import StackName
from components.serving.rules import all_rules, placement
from components.serving.rules.common_stack import Served
from components.serving.rules.fit import Placed, Sizes
from components.serving.rules.room import Fleet, Takeover, takeover
from components.serving.spec import ModelDeployment, Team
from components.serving.spec.deployment import ModelName, TeamName
from components.serving.spec.engines import Engines
from components.storage import spec as storage
from components.storage.spec import StoreSpec
from stacks import objects, reading, taken
from stacks.models import CATALOG, ERRORS, not_read
from stacks.objects import ObjectSettings
from stacks.store_there import store_there

PROJECT, SET_SECRET = reading.PROJECT, reading.SET_SECRET
STACKS = Path(__file__).parent


class Engine(StrEnum):
    """What serves the models."""

    PLAIN = "plain"
    SELDON1 = "seldon1"
    SELDON2 = "seldon2"
    KSERVE = "kserve"


class ModelSettings(Plain):
    """What a stack says of one model: its presence and its scale.

    Attributes:
        engine: instead of the stack's.
        min_replicas: instead of the declaration's.
        stack: the stack that runs it; here only its team's place and its identity are made.
    """

    stack: StackName | None = None
    engine: Annotated[Engine | None, Field(strict=False)] = None
    min_replicas: Annotated[int | None, Field(ge=0, le=1000)] = None


class Lifecycle(Plain):
    """Whether what is costly to lose is protected; false is the only way to destroy it."""

    protect: bool = True


class Settings(Plain):
    """One environment.

    Attributes:
        objects: declarations of an engine's own kinds, by name.
        locks: `required` refuses what the lock does not name; `counted` runs it as declared and says so.
        workspace: `slipway` runs Pulumi with a home and a state that Slipway made below its state directory, `own`
            with the user's own Pulumi, backend and official plugins.
        ci: whose GitHub Actions may preview and apply it; None: nobody's.
    """

    cluster: ClusterSpec
    store: StoreSpec
    engine: Annotated[Engine, Field(strict=False)] = Engine.PLAIN
    engines: Engines = Engines()
    teams: dict[TeamName, Team] = {}
    models: dict[ModelName, ModelSettings] = {}
    objects: dict[str, ObjectSettings] = {}
    lifecycle: Lifecycle = Lifecycle()
    locks: Literal["required", "counted"] = "required"
    workspace: Literal["slipway", "own"] = "own"
    ci: CiSpec | None = None

    def declarations(self) -> Iterator[ModelDeployment]:
        """The declarations of the stack's models, with the stack's scale, by name."""
        for name in sorted(self.models):
            chosen = self.models[name]
            if chosen.stack is None:
                yield _scaled(CATALOG[name], chosen)

    def guests(self) -> Iterator[ModelDeployment]:
        """The declarations that other stacks run in this one's cluster."""
        yield from (CATALOG[name] for name in sorted(self.models) if self.models[name].stack)

    def takeovers(
        self, *others: ModelDeployment, sizes: Sizes | None = None, engines: Mapping[str, str] | None = None
    ) -> dict[str, Takeover]:
        """How a new version of each model takes over, by the room that all of them together leave.

        Args:
            others: declarations beside the stack's own, or instead of those of the same name.
            sizes: of what the stack's lock says, from `stacks.sizes`.
            engines: of some of them by name, instead of the stack's.
        """
        models = tuple(({model.name: model for model in self.declarations()} | {m.name: m for m in others}).values())
        served = {name: self.engine_of(name).value for name in self.models} | dict(engines or {})
        fleet, facts = _fleet(models, self.cluster, sizes=sizes or {}, engines=served), all_rules.facts_of(self.engines)
        return {model.name: takeover(model, fleet, facts) for model in models}

    def engine_of(self, model: str) -> Engine:
        """What serves a model of the stack."""
        return self.models[model].engine or self.engine


def _scaled(model: ModelDeployment, chosen: ModelSettings) -> ModelDeployment:
    """The declaration with the stack's scale."""
    if chosen.min_replicas is None:
        return model
    scaling = model.scaling.model_copy(update={"min_replicas": chosen.min_replicas})
    return model.model_copy(update={"scaling": scaling})


def parse(values: Mapping[str, Any]) -> Settings:
    """Settings from the values of a stack file, keys without `slipway:`.

    Raises:
        SeveralErrors: everything that is wrong with them, in one report.
    """
    errors = list(reading.plain_secrets(values, Settings.model_fields))
    errors += [
        SlipwayError(key, "", "no such key", nearest(key, Settings.model_fields))
        for key in values
        if key not in Settings.model_fields and key not in {error.path for error in errors}
    ]
    sections, wrong = taken.sections(values.get("cluster"))
    errors += wrong
    pools = sections.pop("pools", None)
    for key, field in Settings.model_fields.items():
        if key in values:
            read, refused = validated(adapter(Settings, key), values[key], key, _model_of(key))
            errors += refused
            if not refused:
                sections[key] = read
        elif field.is_required() and key not in sections and not wrong:
            errors.append(SlipwayError(key, "", "the stack does not say it", f"add slipway:{key} to the stack file"))
    if pools is not None and "cluster" in sections:
        sections["cluster"] = sections["cluster"].model_copy(update={"pools": pools})
    errors += [*ERRORS, *_cross_checks(values, sections)]
    if errors:
        raise SeveralErrors(errors)
    return Settings.model_construct(**{k: f.get_default() for k, f in Settings.model_fields.items()} | sections)


def _model_of(key: str) -> Suggested:
    """Whose keys to suggest when one below `key` is unknown."""
    models: dict[str, Suggested] = {
        "ci": CiSpec, "cluster": clusters.KINDS, "engines": Engines, "lifecycle": Lifecycle, "models": ModelSettings,
        "objects": ObjectSettings, "store": storage.KINDS, "teams": Team,
    }  # fmt: skip
    return models.get(key)


def _cross_checks(values: Mapping[str, Any], sections: dict[str, Any]) -> Iterator[SlipwayError]:
    """What no single section can tell; it looks at what could be read, so that one report has everything."""
    named = values.get("models")
    for name in named if isinstance(named, Mapping) else ():
        path = f"models.{name}"
        model = CATALOG.get(name)
        if model is None:
            if str(name) not in not_read(ERRORS):  # what is wrong with its file is said already
                why = "no declaration of this name in stacks/models"
                yield SlipwayError(path, name, why, nearest(str(name), CATALOG))
            continue
        if "teams" in sections:
            yield from placement.team_declared(path, model, sections["teams"])
        if not {"cluster", "models"} <= sections.keys():  # else every rule is asked below
            pools = sections["cluster"].pools if "cluster" in sections else _readable_pools(values.get("cluster"))
            if pools is not None:
                yield from all_rules.one("FIT-1", path, Placed(model=model, pools=pools), all_rules.facts_of(Engines()))
    if "cluster" in sections and "store" in sections:
        yield from store_there(sections["cluster"], sections["store"])
    yield from _rules(sections)


def unknown(settings: Settings) -> list[SlipwayError]:
    """What nobody can tell here about a right stack: `check` warns of it, `preflight` asks the cloud."""
    if not isinstance(settings.cluster, CloudCluster):
        return []
    places: dict[tuple[str, str], list[str]] = {}
    for pool, machine, zone in unknown_places(settings.cluster):
        places.setdefault((pool, machine.name), []).append(zone)
    return [
        SlipwayError(
            f"cluster.{pool if pool == SYSTEM_POOL else f'pools.{pool}'}", machine,
            f"it is not known here whether {', '.join(zones)} {'has' if len(zones) == 1 else 'have'} it",
            "ask the cloud: slipway preflight",
        )
        for (pool, machine), zones in places.items()
    ]  # fmt: skip


def _rules(sections: Mapping[str, Any]) -> Iterator[SlipwayError]:
    """What the rules of each model's engine find; each model is looked at as this stack scales it."""
    engines = sections.get("engines", Engines())
    facts = all_rules.facts_of(engines)
    models = {
        name: _scaled(CATALOG[name], chosen)
        for name, chosen in sections.get("models", {}).items()
        if name in CATALOG and chosen.stack is None
    }
    served = {name: (sections["models"][name].engine or sections.get("engine", Engine.PLAIN)).value for name in models}
    for name, model in models.items():
        yield from all_rules.check(f"models.{name}", model, served[name], facts)
        if "cluster" in sections:
            placed = Placed(model=model, pools=sections["cluster"].pools)
            yield from all_rules.check(f"models.{name}", placed, served[name], facts)
    chosen = sections.get("objects", {})
    yield from objects.errors(chosen, sections.get("teams", {}), engines)
    yield from objects.together(chosen, [m for name, m in models.items() if served[name] == "seldon2"], engines)
    yield from all_rules.check("models", Served(models=models, engines=served), "", facts)
    if "cluster" in sections:
        kept = sections.get("lifecycle", Lifecycle()).protect
        fleet = _fleet(tuple(models.values()), sections["cluster"], engines=served, is_protected=kept)
        yield from all_rules.check("models", fleet, "", facts)


def _fleet(models: tuple[ModelDeployment, ...], cluster: ClusterSpec, **more: Any) -> Fleet:
    return Fleet(models=models, pools=cluster.all_pools, **more)


def _readable_pools(cluster: Any) -> dict[str, NodePool] | None:
    """The shapes of a wrong cluster's pools, so that its mistakes neither hide nor add what the models ask of it.

    None where one of them cannot be told: it may be the one that a model asks for.
    """
    pools = {}
    raw = cluster.get("pools") if isinstance(cluster, Mapping) else None
    kind = clusters.KINDS.get(str(cluster.get("kind"))) if raw else None
    pool_type = kind.pool if kind and issubclass(kind, CloudCluster) else NodePool
    for name, pool in raw.items() if isinstance(raw, Mapping) else ():
        shape = {key: pool[key] for key in ("accelerator", "count", "machine") if key in pool} if pool else {}
        try:
            pools[name] = pool_type.model_validate(shape)
        except ValidationError:
            return None
    return pools


def stack_file(stack: str) -> Path:
    """The file of a stack.

    Raises:
        SlipwayError: there is none.
    """
    path = STACKS / f"Pulumi.{stack}.yaml"
    if not path.is_file():
        known = [p.name.removeprefix("Pulumi.").removesuffix(".yaml") for p in STACKS.glob("Pulumi.*.yaml")]
        raise SlipwayError("stack", stack, f"no file stacks/{path.name}", nearest(stack, known, needed=True))
    return path


def from_file(path: Path) -> Settings:
    """Settings from a stack file, without Pulumi.

    Raises:
        SlipwayError: the file is no YAML mapping with a `config`.
        SeveralErrors: what is wrong with the values.
    """
    prefix, said = f"{PROJECT}:", reading.config(path)
    return parse({k.removeprefix(prefix): v for k, v in said.items() if k.startswith(prefix) and not is_encrypted(v)})


def is_encrypted(value: Any) -> bool:
    """Whether Pulumi encrypted all of it; no setting is, and `platform.py` asks for secrets by their names."""
    return (
        isinstance(value, dict) and bool(value) and (set(value) == {"secure"} or all(map(is_encrypted, value.values())))
    )


def load() -> Settings:
    """Settings of the stack that Pulumi is running.

    Raises:
        SeveralErrors: what is wrong with the values.
    """
    from pulumi.runtime import config

    prefix = f"{PROJECT}:"
    given = {**config.get_config_env(), **config.CONFIG.get()}
    plain = {key.removeprefix(prefix): value for key, value in given.items() if key.startswith(prefix)}
    return parse({key: _decoded(value) for key, value in plain.items() if not config.is_config_secret(prefix + key)})


def _decoded(value: Any) -> Any:
    """Pulumi hands objects over as JSON text, and everything else as the text itself."""
    return json.loads(value) if isinstance(value, str) and value.startswith(("{", "[")) else value
