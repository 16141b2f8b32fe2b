"""How requests are shared among predictors, whatever the engine.

Source of the facts: what the engines let pass. Seldon Core 1 sums only (`checkTraffic` of seldondeployment_webhook.go
takes one predictor with 150, and -50 beside 150), KServe's schema takes any sum up to 100.
"""

from collections.abc import Callable, Iterator

from components.serving.engines.context import EngineFacts
from components.serving.rules.base import Check, Finding, rule
from components.serving.spec import ModelDeployment

_SOURCE = "seldon-core operator/apis/machinelearning.seldon.io/v1/seldondeployment_webhook.go"


def _rule(number: int) -> Callable[[Check], Check]:
    return rule(f"C-{number:02}", source=_SOURCE)


@_rule(1)
def share_is_a_percentage(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """A share of the requests is between 0 and 100 percent."""
    for at, predictor in enumerate(model.predictors):
        if predictor.traffic is not None and not 0 <= predictor.traffic <= 100:
            yield Finding(
                path=f"predictors[{at}].traffic",
                value=str(predictor.traffic),
                why="no share of the requests is below 0 or above 100 percent",
                fix="give a percentage",
            )


@_rule(2)
def shares_add_up(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """The shares of several predictors that answer add up to 100."""
    live = [predictor for predictor in model.predictors if not predictor.shadow]
    shares = [predictor.traffic or 0 for predictor in live]
    if len(live) > 1 and sum(shares) != 100:
        yield Finding(
            path="predictors",
            value=" + ".join(map(str, shares)),
            why=f"the shares add up to {sum(shares)}, and what is missing or too much is nobody's",
            fix="make the `traffic` of the predictors that answer add up to 100",
        )


@_rule(3)
def one_takes_all(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """The only predictor that answers takes all requests."""
    live = [(at, predictor) for at, predictor in enumerate(model.predictors) if not predictor.shadow]
    if len(live) == 1 and live[0][1].traffic not in (None, 100):
        at, predictor = live[0]
        yield Finding(
            path=f"predictors[{at}].traffic",
            value=str(predictor.traffic),
            why="a canary needs something beside it that takes the other requests",
            fix="leave `traffic` out, or add the predictor that takes the rest",
        )


@_rule(4)
def somebody_answers(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """Some predictor is no shadow."""
    if all(predictor.shadow for predictor in model.predictors):
        yield Finding(
            path="predictors[0].shadow",
            value="true",
            why="a shadow's answers go nowhere: nobody would answer",
            fix="add the predictor that it shadows",
        )


@_rule(5)
def one_shadow(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """At most one predictor is a shadow."""
    shadows = [at for at, predictor in enumerate(model.predictors) if predictor.shadow]
    for at in shadows[1:]:
        yield Finding(
            path=f"predictors[{at}].shadow",
            value="true",
            why="there is another shadow, and every request would be made three times",
            fix="keep one of them",
        )


@_rule(6)
def headers_lead_somewhere(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """A header sends requests to a predictor that exists and answers."""
    answering = sorted(predictor.name for predictor in model.predictors if not predictor.shadow)
    for at, header in enumerate(model.exposure.headers):
        if header.predictor not in answering:
            yield Finding(
                path=f"exposure.headers[{at}].predictor",
                value=header.predictor,
                why="no predictor of this name answers",
                fix=f"give one of {', '.join(answering) or 'none'}",
            )


@_rule(7)
def headers_differ(model: ModelDeployment, _: EngineFacts) -> Iterator[Finding]:
    """No header with the same value is named twice."""
    seen = set()
    for at, header in enumerate(model.exposure.headers):
        key = (header.name.lower(), header.value)
        if key in seen:
            yield Finding(
                path=f"exposure.headers[{at}]",
                value=f"{header.name}: {header.value}",
                why="it is named before, and the first one takes the requests",
                fix="keep one of them",
            )
        seen.add(key)
