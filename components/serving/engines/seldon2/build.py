"""All objects of a declaration on Seldon Core 2. A pure function."""

from collections import Counter

from catalog.errors import SlipwayError
from components.serving.engines.context import BuildContext, Objects
from components.serving.engines.seldon2 import words
from components.serving.engines.seldon2.kinds import manifest
from components.serving.engines.seldon2.parts import Part, parts
from components.serving.engines.seldon2.route import route
from components.serving.spec import ModelDeployment
from components.serving.spec.seldon2_kinds import Kind, Model


def build(model: ModelDeployment | Kind, context: BuildContext) -> Objects:
    """The objects by role: model, pipeline, experiment, route; of several Models each has the role `model-<name>`.

    Args:
        model: the declaration, with the stack's scale; or one of Seldon Core 2's own kinds.
        context: what the stack adds.

    Raises:
        SlipwayError: nothing says where an artifact is.
    """
    made: Objects = {}
    found = parts(model, context)
    count = Counter(type(part.made).__name__ for part in found)
    for part in found:
        _resolved(part)
        role = kind.lower() if count[kind := type(part.made).__name__] == 1 else f"{kind.lower()}-{part.made.name}"
        made[role] = manifest(part.made, context.namespace)
    if isinstance(model, ModelDeployment) and model.safe_defaults and model.exposure.external and context.gateway:
        made["route"] = route(model, context, context.gateway)
    return made


def _resolved(part: Part) -> None:
    if isinstance(part.made, Model) and part.made.storage_uri == words.UNRESOLVED:
        why = "nothing says where its files are"
        raise SlipwayError(f"{part.where}.artifact", "", why, "lock the artifact, or name a URI")
