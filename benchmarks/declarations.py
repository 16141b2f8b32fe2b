"""Many declarations: `python -m benchmarks.declarations COUNT` prints two times of its processor, in seconds.

The first is for all of them validated, checked by every rule, fitted into their pools and built; the second for what
was built, written by the C dumper of YAML.
"""

import gc
import json
import sys
import time
from typing import Any

import yaml

from benchmarks.many import declaration, values
from components.clusters.facts import pool_facts
from components.serving.engines.registry import ENGINES
from stacks import models
from stacks.connection import GATEWAY
from stacks.contexts import Site, context
from stacks.locks import LockFile
from stacks.settings import Settings, parse

_ANYWHERE = ("0.0.0.0/0",)


def built(settings: Settings) -> list[dict[str, Any]]:
    """Every object of a stack's models."""
    site = Site(
        pools=pool_facts(settings.cluster.pools, simulated=False, system_simulated=False),
        gateway=GATEWAY,
        gateway_cidrs=_ANYWHERE,
        store_cidrs=_ANYWHERE,
        endpoint="https://storage.googleapis.com",
        bucket=settings.store.bucket,
        region="us-central1",
        scheme=settings.store.scheme,
    )
    lock, takeovers = LockFile(), settings.takeovers()
    objects: list[dict[str, Any]] = []
    for model in settings.declarations():
        known = context(model, settings, lock, site, model.team, takeovers[model.name])
        objects += ENGINES[known.engine].build(model, known).values()
    return objects


def main() -> None:
    """Prints the two times as JSON."""
    count = int(sys.argv[1])
    gc.collect()
    began = time.process_time()
    models.CATALOG.update({model.name: model for model in map(declaration, range(count))})
    objects = built(parse(values(count)))
    done = time.process_time()
    yaml.dump_all(objects, Dumper=yaml.CSafeDumper, sort_keys=False)
    print(json.dumps([done - began, time.process_time() - done]))


if __name__ == "__main__":
    main()
