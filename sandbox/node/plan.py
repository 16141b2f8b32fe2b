"""What the node's PID 1 is told to run: plain data that travels as one JSON file from the host half to the node."""

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Probe:
    """How a daemon's readiness is asked for.

    Args:
        kind: `http` (answers 200), `unix` (a socket takes a connection), `file` (exists), `none` (running will do).
        target: a URL or a path.
    """

    kind: Literal["http", "unix", "file", "none"] = "none"
    target: str = ""


@dataclass(frozen=True)
class Daemon:
    """One process of the node.

    Args:
        name: the part's name; its log is `<name>.log`.
        argv: the command, the first word an absolute path.
        probe: how to see that it is ready.
        after: parts that have to be ready before this one is started.
        env: variables beside the common ones; may hold secrets, so a plan is a private file.
        listens: whether it gets the inherited listening sockets.
    """

    name: str
    argv: tuple[str, ...]
    probe: Probe = Probe()
    after: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    listens: bool = False


@dataclass(frozen=True)
class Plan:
    """Everything PID 1 needs to know.

    Args:
        real_pods: whether the node runs containers: cgroups and kubelet's directories are mounted then.
        root: the node's directory on this machine; it becomes `/run/node`.
        keep: other directories that have to stay visible where they are (interpreter, clone, tools).
        cwd: where the daemons run.
        path: their PATH.
        daemons: what to run, in the order to show them.
    """

    real_pods: bool
    root: str
    keep: tuple[str, ...]
    cwd: str
    path: str
    daemons: tuple[Daemon, ...]

    def to_json(self) -> str:
        """The plan as text; the same plan gives the same text."""
        return json.dumps(dataclasses.asdict(self), indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "Plan":
        """The plan a text holds.

        Raises:
            ValueError: the text is no plan.
        """
        try:
            raw = json.loads(text)
            return cls(**{**raw, "keep": tuple(raw["keep"]), "daemons": tuple(map(_daemon, raw["daemons"]))})
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a plan: {error}") from error

    def digest(self) -> str:
        """Tells two plans apart without showing what they hold."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()


def _daemon(raw: dict[str, Any]) -> Daemon:
    env = tuple((name, value) for name, value in raw["env"])
    return Daemon(
        **{**raw, "argv": tuple(raw["argv"]), "after": tuple(raw["after"]), "env": env, "probe": Probe(**raw["probe"])}
    )
