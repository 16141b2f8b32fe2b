"""`pulumi.com/waitFor`: a readiness of the declaration's own, for kinds that nothing here knows.

`condition=Ready`, `condition=Ready=False`, `jsonpath={.status.phase}`, `jsonpath={.status.phase}=Running`, or a JSON
list of these, all of which must hold. Of JSONPath: keys, quoted keys, indexes and `[?(@.type=="Ready")]`.
"""

import json
import re
from collections.abc import Callable
from typing import Any

from catalog.errors import SlipwayError
from sandbox.providers.kubernetes import objects
from sandbox.providers.kubernetes.awaiting.verdict import READY, Object, Verdict, condition

Judge = Callable[[Object], Verdict]

_JSONPATH = re.compile(r"(?:\{(?P<braced>[^}]+)\}|(?P<bare>[^={}]+))(?:=(?P<value>.*))?")
_STEP = re.compile(
    r"\.(?P<key>[\w-]+)|\[(?P<index>-?\d+)\]|\[['\"](?P<quoted>[^'\"]+)['\"]\]"
    r"|\[\?\(@\.(?P<field>[\w.-]+)\s*==\s*['\"](?P<value>[^'\"]*)['\"]\)\]"
)
_NOTHING = object()


def parse(annotation: str) -> Judge:
    """The rule an annotation stands for.

    Raises:
        SlipwayError: when it is none.
    """
    try:
        listed = json.loads(annotation) if annotation.lstrip().startswith("[") else [annotation]
        rules = [_parse_one(str(each)) for each in listed]
    except ValueError:
        raise _bad(annotation) from None

    def judge(live: Object) -> Verdict:
        waiting = [verdict.message for rule in rules if (verdict := rule(live)) != READY]
        return Verdict("waiting", "; ".join(waiting)) if waiting else READY

    return judge


def _parse_one(text: str) -> Judge:
    kind, _, rest = text.strip().partition("=")
    if kind == "condition" and rest:
        name, _, status = rest.partition("=")
        return lambda live: _judge_condition(live, name, status or "True")
    match = _JSONPATH.fullmatch(rest) if kind == "jsonpath" else None
    if match is None:
        raise _bad(text)
    path = match["braced"] or match["bare"]
    steps = _steps(path)
    return lambda live: _judge_path(live, path, steps, match["value"])


def _steps(path: str) -> list[re.Match[str]]:
    path = path.removeprefix("$")
    steps, at = [], 0
    path = path if path.startswith((".", "[")) else f".{path}"
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            raise _bad(path)
        steps.append(step)
        at = step.end()
    return steps


def _judge_condition(live: Object, name: str, wanted: str) -> Verdict:
    found = condition(live, name)
    if str(found.get("status", "")).lower() == wanted.lower():
        return READY
    said = f": {found['message']}" if found.get("message") else ""
    return Verdict("waiting", f"condition {name} is {found.get('status', 'not there')}, not {wanted}{said}")


def _judge_path(live: Object, path: str, steps: list[re.Match[str]], wanted: str | None) -> Verdict:
    value: Any = live
    for step in steps:
        value = _take(value, step)
    if value is not _NOTHING and (wanted is None or _text(value) == wanted.strip("'\"")):
        return READY
    found = "not there" if value is _NOTHING else _text(value)
    return Verdict("waiting", f"{path} is {found}" + (f", not {wanted}" if wanted is not None else ""))


def _take(value: Any, step: re.Match[str]) -> Any:
    if step["index"] is not None:
        index = int(step["index"])
        return value[index] if isinstance(value, list) and -len(value) <= index < len(value) else _NOTHING
    if step["field"] is not None:
        items = value if isinstance(value, list) else []
        fields = step["field"].split(".")
        return next((item for item in items if _text(_dig(item, fields)) == step["value"]), _NOTHING)
    return _dig(value, [step["key"] or step["quoted"]])


def _dig(value: Any, keys: list[str]) -> Any:
    for key in keys:
        value = value.get(key, _NOTHING) if isinstance(value, dict) else _NOTHING
    return value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value) if value is not _NOTHING else ""


def _bad(text: str) -> SlipwayError:
    fix = "use condition=TYPE[=STATUS], jsonpath={.PATH}[=VALUE], or a JSON list of these"
    return SlipwayError(f"metadata.annotations[{objects.WAIT_FOR}]", text, "is no rule to wait for", fix)
