"""Objects of declarations that hypothesis makes up, for measuring: `scripts/measure_schema.py`."""

from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from components.serving.engines.context import BuildContext
from components.serving.engines.registry import ENGINES
from components.serving.importing.base import bare_context
from components.serving.rules.all_rules import findings
from components.serving.spec import ModelDeployment
from tests.serving.kserve import strategies as kserve
from tests.serving.kserve.test_round_trip import context as on_kserve
from tests.serving.plain import strategies as plain
from tests.serving.plain.shapes import context as on_plain
from tests.serving.seldon1 import strategies as seldon1
from tests.serving.seldon1.parts import context as on_seldon1
from tests.serving.seldon2 import strategies as seldon2
from tests.serving.seldon2.parts import context as on_seldon2

Declaration = Any
Built = tuple[Declaration, BuildContext]
GATEWAY = ("gateway", "slipway-system")


def _either(model: ModelDeployment) -> st.SearchStrategy[ModelDeployment]:
    """As an import has it, and with everything that is safe added."""
    return st.sampled_from([model, model.model_copy(update={"safe_defaults": True})])


def _of(strategy: st.SearchStrategy[Declaration], context: Callable[[Declaration], BuildContext]):
    return strategy.map(lambda declaration: (declaration, context(declaration)))


BUILT: dict[str, st.SearchStrategy[Built]] = {
    "plain": st.one_of(
        _of(plain.safe(), on_plain), _of(plain.imported(), lambda _: bare_context("science", "plain", {}))
    ),
    "seldon1": _of(seldon1.declarations().flatmap(_either), lambda _: on_seldon1()),
    "seldon2": _of(
        st.one_of(
            seldon2.written(), seldon2.imported(), seldon2.models(), seldon2.pipelines(), seldon2.experiments(),
            seldon2.servers(),
        ),
        lambda _: on_seldon2(gateway=GATEWAY),
    ),
    "kserve": _of(
        st.one_of(kserve.declarations().flatmap(_either), kserve.graphs(), kserve.runtimes()), on_kserve
    ),
}  # fmt: skip


def objects(engine: str, number: int) -> Iterator[list[dict[str, Any]]]:
    """The objects of so many declarations that the rules take, but for traps.

    Args:
        engine: its name.
        number: of declarations.
    """
    made: list[list[dict[str, Any]]] = []

    @settings(
        max_examples=3 * number,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(BUILT[engine])
    def make(built: Built) -> None:
        declaration, context = built
        if len(made) < number and all(rule.trap for rule, _ in findings(declaration, engine, context.facts)):
            made.append(list(ENGINES[engine].build(declaration, context).values()))

    make()
    yield from made
