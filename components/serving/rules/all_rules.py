"""Every rule there is: importing this enters all of them; and what they find in a declaration."""

import importlib
import pkgutil

from catalog.errors import SlipwayError
from components.serving import rules
from components.serving.engines.context import EngineFacts
from components.serving.rules.base import RULES, as_error, findings
from components.serving.rules.common_stack import Served
from components.serving.rules.fit import Placed
from components.serving.rules.kserve_change import Change, RuntimeChange, Runtimes
from components.serving.rules.room import Fleet
from components.serving.rules.seldon2_together import Together
from components.serving.spec import ModelDeployment
from components.serving.spec.engines import Engines
from components.serving.spec.own_kinds import OwnKind

for _module in pkgutil.iter_modules(rules.__path__):
    if _module.name != "all_rules":
        importlib.import_module(f"{rules.__name__}.{_module.name}")


def facts_of(engines: Engines) -> EngineFacts:
    """What rules and builders need of a stack's engines."""
    return EngineFacts(
        kserve_mode=engines.kserve.mode,
        keda=engines.keda,
        seldon1_servers=engines.seldon1.servers,
        seldon2_servers=engines.seldon2.servers,
        seldon2_replicas=engines.seldon2.replicas,
        seldon2_memory=engines.seldon2.memory,
        seldon2_autoscaling=engines.seldon2.autoscaling,
        seldon2_version=engines.seldon2.version,
        ambassador=engines.seldon1.ambassador,
        prometheus=engines.prometheus,
        kserve_initializer_memory=engines.kserve.initializer_memory,
        seldon1_initializer_memory=engines.seldon1.initializer_memory,
    )


# What rules look at: a declaration, several of them together, or a change of one.
About = ModelDeployment | OwnKind | Placed | Fleet | Served | Together | Runtimes | Change | RuntimeChange


def check(path: str, about: About, engine: str, facts: EngineFacts) -> list[SlipwayError]:
    """Everything that the rules find in a declaration on an engine, in one report.

    Args:
        path: of the declaration, `models.iris`; `models` for what names its models itself.
        about: the declaration, with the stack's scale; or it, or all of them, on the stack's pools.
        engine: name of the engine.
        facts: how it is installed.
    """
    found = list(findings(about, engine, facts))
    # An engine often refuses what every engine would: it is said once.
    common = {finding.path for rule, finding in found if rule.engine is None}
    return [as_error(path, each) for each in found if each[0].engine is None or each[1].path not in common]


def one(id_: str, path: str, about: object, facts: EngineFacts) -> list[SlipwayError]:
    """What a single rule finds, whatever the engine; nothing where it is a trap that the declaration acknowledges."""
    known = RULES[id_]
    if known.trap and getattr(about, "acknowledge", {}).get(id_):
        return []
    return [as_error(path, (known, finding)) for finding in known.check(about, facts)]


__all__ = ["RULES", "check", "facts_of", "findings", "one"]
