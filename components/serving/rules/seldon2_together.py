"""What the declarations of a stack must hold together on Seldon Core 2."""

from collections.abc import Iterator

from catalog.plain import Plain
from components.serving.engines.context import EngineFacts
from components.serving.engines.seldon2.parts import parts
from components.serving.rules.base import Finding
from components.serving.rules.seldon2_view import EXPERIMENTS, seldon2
from components.serving.spec import ModelDeployment
from components.serving.spec.seldon2_kinds import Experiment, Kind, Model, Pipeline, Server


class Together(Plain):
    """All declarations that one scheduler sees: those of a namespace.

    Attributes:
        declarations: in any order; a finding's path begins with the name of one of them.
    """

    declarations: tuple[ModelDeployment | Model | Pipeline | Experiment | Server, ...]

    def objects(self) -> Iterator[tuple[str, Kind]]:
        """Every object, with the name of the declaration that it is of."""
        for declaration in self.declarations:
            yield from ((declaration.name, part.made) for part in parts(declaration))


@seldon2("S2-14", EXPERIMENTS, Together)
def one_experiment_a_default(together: Together, _: EngineFacts) -> Iterator[Finding]:
    """A Model or Pipeline is the default of one Experiment at most."""
    taken: dict[tuple[str, str], str] = {}
    for name, made in together.objects():
        if isinstance(made, Experiment) and made.default is not None:
            key = (made.resource_type or "model", made.default)
            if key in taken:
                why = f"the Experiment {taken[key]} shares its requests out already"
                yield Finding(path=f"{name}.default", value=made.default, why=why, fix="leave one of the two out")
            taken.setdefault(key, made.name)


@seldon2("S2-22", "Kubernetes: names of objects", Together)
def objects_are_made_once(together: Together, _: EngineFacts) -> Iterator[Finding]:
    """No two declarations make the same object."""
    owners: dict[tuple[str, str], str] = {}
    for name, made in together.objects():
        key = (type(made).__name__, made.name)
        owner = owners.setdefault(key, name)
        if owner != name:
            why = f"{owner} makes a {key[0]} of this name, too"
            yield Finding(path=name, value=made.name, why=why, fix="rename a predictor, a node or a declaration")
