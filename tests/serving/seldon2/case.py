"""What a case of a rule is, and the declarations that many of them begin with."""

from dataclasses import dataclass, replace
from typing import Any

from catalog.machines import Accelerator
from components.serving.engines.context import EngineFacts
from components.serving.spec import (
    Accelerators,
    Image,
)
from components.serving.spec.seldon2 import (
    Seldon2Node,
    StepOptions,
)
from components.serving.spec.seldon2_kinds import ExplainerRef
from tests.serving.seldon2.parts import (
    FACTS,
    chain,
    deployment,
    node,
    of,
    predictor,
)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One rule, both ways.

    Attributes:
        broken: what it refuses.
        fixed: the same put right.
        path: of the finding.
        facts: how the engine is installed.
        fixed_facts: the same where the installation is what is put right.
    """

    id: str
    broken: Any
    fixed: Any
    path: str
    facts: EngineFacts = FACTS
    fixed_facts: EngineFacts = FACTS


def case(id_: str, path: str, broken: Any, fixed: Any, facts: EngineFacts = FACTS, fixed_facts: Any = None) -> Case:
    return Case(id=id_, path=path, broken=broken, fixed=fixed, facts=facts, fixed_facts=fixed_facts or facts)


def step(**fields: Any) -> Any:
    """A graph of two nodes, the second with these options of its step."""
    return of(chain("a", "b", seldon2=Seldon2Node(step=StepOptions(**fields))))


def slot(**fields: Any) -> Any:
    return of(node(seldon2=Seldon2Node(**fields)))


def split(*shares: int, **fields: Any) -> Any:
    """Predictors with these shares, the first one named a, the second one b, ..."""
    return deployment(
        *(predictor(name=name, traffic=share) for name, share in zip("abc", shares, strict=False)), **fields
    )


def known(**fields: Any) -> EngineFacts:
    return replace(FACTS, **fields)


KERNEL = ExplainerRef(type="kernel_shap", model_ref="iris")
BOTH = known(seldon2_servers={"mlserver": ("mlserver", "sklearn")})
SMALL = known(seldon2_memory={"mlserver": "1Gi"})
ONE = known(seldon2_replicas={"mlserver": 1})
OWN_IMAGE = Image(reference="registry.test/app:1")
L4 = Accelerators(kind=Accelerator.L4)
