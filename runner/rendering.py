"""The Kubernetes objects of a stack or of a declaration, as they would be registered, without a cluster."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from catalog.errors import SeveralErrors, SlipwayError
from catalog.plain import nearest
from components.labels import annotated, stamped
from components.serving.engines import plain
from components.serving.engines.context import BuildContext
from components.serving.engines.registry import ENGINES
from components.serving.rules import all_rules
from components.serving.spec import ModelDeployment
from components.serving.spec.own_kinds import OwnKind, engine_of
from components.storage.spec import CloudStore
from components.teams import team_objects
from runner.sites import cloud_cluster, site
from stacks import sizes
from stacks.contexts import context, own_objects
from stacks.locks import LockFile
from stacks.models import OBJECTS, load_file
from stacks.references import pinned
from stacks.resolution import read_lock, readers, unlocked, unwritten
from stacks.settings import PROJECT, Settings, from_file, stack_file
from stacks.taken import giver

Manifest = dict[str, Any]
# What only the cloud says, once it has made it.
_MADE_LATER = "[known once made]"


@dataclass(slots=True)
class Rendered:
    """What a stack or a declaration comes to.

    Attributes:
        objects: in the order in which they are made.
        unlocked: references that no lock resolves: rendered as they are declared, and not verified.
    """

    objects: list[Manifest] = field(default_factory=list)
    unlocked: list[str] = field(default_factory=list)

    def files(self) -> dict[str, str]:
        """The text of every object by its path, `<namespace>/<kind>-<name>.yaml`."""
        return {_path(manifest): text([manifest]) for manifest in self.objects}


def stack(name: str, *, model: str | None = None, engine: str | None = None) -> Rendered:
    """The objects of a stack, or those of one of its models.

    Args:
        name: of the stack.
        model: one model only.
        engine: instead of the stack's.

    Raises:
        SlipwayError: there is no such stack, model or engine.
        SeveralErrors: what is wrong with the stack, or with its models on that engine; or what its lock must say.
    """
    settings = from_file(stack_file(name))
    models = list(settings.declarations())
    if model:
        models = [one for one in models if one.name == model]
        if not models:
            raise SlipwayError(
                "--model", model, f"stack {name} has no such model", nearest(model, settings.models, needed=True)
            )
    if engine:
        lock = read_lock(name, settings)
        _refuse(settings, models, engine, lock)
        fleet = sizes.together(settings, lock, {one.name: engine for one in models})
        if refused := all_rules.check("models", fleet, "", all_rules.facts_of(settings.engines)):
            raise SeveralErrors(refused)
    rendered = Rendered()
    if not model and giver(settings) is None:  # else another stack makes the teams' places
        hosted = [*models, *settings.guests()]
        owners = {one.team for one in hosted} | {said.team for said in settings.objects.values()}
        for team in sorted(owners):
            engines = {engine or settings.engine_of(one.name).value for one in hosted if one.team == team}
            rendered.objects += team_objects(team, settings.teams[team], engines).values()
        for own, said in sorted(settings.objects.items()):
            rendered.objects += own_objects(OBJECTS[own], said.team, settings.engines).values()
    _models(rendered, settings, name, models, engine)
    rendered.objects = [stamped(manifest, f"{PROJECT}/{name}") for manifest in rendered.objects]
    return rendered


def file(path: Path, name: str, engine: str | None = None) -> Rendered:
    """The objects of the declarations in a file, on a stack's cluster and engine.

    Args:
        path: of the file.
        name: of the stack.
        engine: instead of the stack's.

    Raises:
        SlipwayError: there is no such file, stack or engine.
        SeveralErrors: what is wrong with the declarations, or what the stack's lock must say of them.
    """
    settings = from_file(stack_file(name))
    declared = load_file(path)
    models = [each for each in declared if isinstance(each, ModelDeployment)]
    own = [each for each in declared if not isinstance(each, ModelDeployment)]
    chosen = engine or settings.engine.value
    _refuse(settings, models, chosen, read_lock(name, settings), own)
    rendered = Rendered()
    _models(rendered, settings, name, models, chosen)
    team = next(iter(sorted(settings.teams)), "")
    for each in own:
        rendered.objects += own_objects(each, team, settings.engines).values()
    return rendered


def write(rendered: Rendered, directory: Path) -> list[Path]:
    """Writes one file an object; what else lies there stays."""
    paths = []
    for relative, content in rendered.files().items():
        path = directory / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        paths.append(path)
    return paths


def text(manifests: Iterable[Manifest]) -> str:
    """YAML documents; what stands twice is written twice."""
    return yaml.dump_all(manifests, Dumper=_Dumper, sort_keys=False, explicit_start=True)


class _Dumper(yaml.SafeDumper):
    """Without anchors: every file stands for itself."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _refuse(
    settings: Settings, models: list[ModelDeployment], engine: str, lock: LockFile, own: Iterable[OwnKind] = ()
) -> None:
    """Everything that stands against the declarations, on this engine and the stack's pools."""
    if engine not in ENGINES:
        raise SlipwayError("--engine", engine, "no such engine", nearest(engine, ENGINES, needed=True))
    facts = all_rules.facts_of(settings.engines)
    errors = []
    for model in models:
        for about in (model, sizes.placed(model, settings, lock, engine)):
            errors += all_rules.check(f"models.{model.name}", about, engine, facts)
    for each in own:
        errors += all_rules.check(each.name, each, engine_of(each), facts)
    if errors:
        raise SeveralErrors(errors)


def _models(
    rendered: Rendered, settings: Settings, name: str, models: list[ModelDeployment], engine: str | None
) -> None:
    lock, where = read_lock(name, settings), site(settings)
    served = {model.name: engine or settings.engine_of(model.name).value for model in models}
    missing = [error for model in models for error in unlocked(model, served[model.name], name, lock)]
    if refused := [error for error in missing if unwritten(settings, error)]:
        raise SeveralErrors(refused)
    rendered.unlocked += [f"{error.path} ({error.value})" for error in missing]
    said = sizes.sizes([*settings.declarations(), *models], lock)
    takeovers = settings.takeovers(*models, sizes=said, engines=served)
    for model in models:
        chosen = served[model.name]
        known = context(model, settings, lock, where, model.team, takeovers[model.name], chosen)
        rendered.objects += _secrets(model, known)
        builder = ENGINES[chosen]
        made = builder.build(pinned(model, lock), known).values()
        rendered.objects += [_with_identity(builder.waited_for(manifest), model, settings) for manifest in made]


def _secrets(model: ModelDeployment, known: BuildContext) -> Iterator[Manifest]:
    """The Secrets with readers' keys, whose values nobody sees."""
    for secret in sorted({n.artifact.secret for n in known.nodes.values() if n.artifact and n.artifact.secret}):
        made = plain.reader_secret(model.name, known.namespace, model.team, known.engine, secret=secret)
        yield made | {"stringData": dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "[secret]")}


def _with_identity(manifest: Manifest, model: ModelDeployment, settings: Settings) -> Manifest:
    """A service account that its cloud lets read the artifacts, where it says so on the account."""
    cluster = cloud_cluster(settings)
    key = cluster.identity_annotation if cluster and isinstance(settings.store, CloudStore) else None
    if manifest["kind"] != "ServiceAccount" or key is None or not readers(model):
        return manifest
    return annotated(manifest, {key: _MADE_LATER})


def _path(manifest: Manifest) -> str:
    metadata = manifest["metadata"]
    own = metadata["name"] if manifest["kind"] == "Namespace" else "cluster"
    return f"{metadata.get('namespace') or own}/{manifest['kind'].lower()}-{metadata['name']}.yaml"
