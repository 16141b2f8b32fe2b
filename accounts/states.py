"""What the objects of a Pulumi state bucket mean."""

from collections.abc import Sequence

_META = ".pulumi/meta.yaml"


def meaning(keys: Sequence[str], project: str) -> tuple[list[str], list[str]]:
    """The stacks whose state is among the objects of a bucket, and the objects that say nothing of a stack's state.

    The layout is that of Pulumi's own backend (pkg/backend/diy of v3.259.0). The file with the layout's version, which
    every bucket has, and what stacks that are gone left (history, backups) are neither.

    Args:
        keys: of all current objects.
        project: stacks of other projects are named `PROJECT/STACK`.
    """
    states, rest = [], []
    for key in keys:
        parts = key.split("/")
        if parts[:2] == [".pulumi", "stacks"] and key.endswith((".json", ".json.gz", ".json.zst")):
            stack = parts[-1].partition(".json")[0]
            states.append(stack if parts[2:-1] == [project] else "/".join([*parts[2:-1], stack]))
        elif key != _META and not key.startswith((".pulumi/history/", ".pulumi/backups/", ".pulumi/stacks/")):
            rest.append(key)
    return sorted(set(states)), rest
