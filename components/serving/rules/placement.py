"""Where a model belongs: rules that look at the stack around it. Each gives what is wrong, or nothing."""

from collections.abc import Iterator, Mapping

from catalog.errors import SlipwayError
from catalog.plain import nearest
from components.serving.spec import ModelDeployment, Team


def team_declared(path: str, model: ModelDeployment, teams: Mapping[str, Team]) -> Iterator[SlipwayError]:
    """TEAM-1: the model's team is one of the stack's teams, because its namespace and quota are made from it."""
    if model.team not in teams:
        yield SlipwayError(path, model.team, "its team is not declared in this stack", nearest(model.team, teams))
