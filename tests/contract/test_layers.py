"""One direction: a later room never calls an earlier one, and nothing but the program's own part needs Pulumi."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("accounts", "catalog", "cli", "components", "delivery", "providers", "runner", "sandbox", "stacks")

# What a module may import of ours, by the longest prefix of its own name.
ALLOWED = {
    "accounts": ("accounts", "catalog", "components.clusters.spec", "components.names", "components.storage.spec", "stacks"),
    "catalog": ("catalog",),
    "components": ("catalog", "components.contracts", "components.kubernetes_object", "components.labels", "components.names", "components.versions"),
    "components.aws": ("components.aws",),
    "components.google": ("components.google",),
    "components.clusters": ("components.aws", "components.clusters", "components.google"),
    "components.identity": ("components.aws", "components.google", "components.identity"),
    "components.storage": ("components.aws", "components.google", "components.storage", "providers.slipway_s3.resources"),
    "components.teams": ("components.serving.spec",),
    "components.serving": ("components.serving", "components.clusters.spec"),
    "providers": ("catalog", "providers"),
    "stacks": ("accounts.spec", "catalog", "components.versions", "components.clusters.spec", "components.storage.spec", "components.serving.spec",
               "components.serving.rules", "stacks"),
    "stacks.cloud": ("components.clusters.cloud", "components.clusters.outputs", "components.contracts", "components.identity.reader", "components.storage.cloud"),
    "stacks.platform": ("components",),
    "stacks.contexts": ("components.serving.engines", "components.contracts"),
    "stacks.resolution": ("components.serving.engines",),
    "delivery": ("catalog", "components.clusters.spec", "components.serving.spec", "components.storage.spec",
                 "delivery", "providers.slipway_s3", "stacks"),
    "sandbox": ("catalog", "sandbox", "providers", "stacks", "components.labels", "components.versions"),
    "sandbox.providers.kubernetes": ("components.serving.fields",),
    "runner": ("catalog", "components", "delivery", "providers", "runner", "sandbox", "stacks"),
    "cli": ROOMS,
}  # fmt: skip


def modules():
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), path


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.split(".")[0] in ROOMS}


def allowed(module: str) -> tuple[str, ...]:
    parts = module.split(".")
    return sum((ALLOWED.get(".".join(parts[:n]), ()) for n in range(1, len(parts) + 1)), ())


def forbidden(module: str, names: set[str]) -> list[str]:
    may = allowed(module)
    return sorted(name for name in names if not any(name == m or name.startswith(f"{m}.") for m in may))


@pytest.mark.parametrize(("module", "path"), list(modules()), ids=lambda value: value if isinstance(value, str) else "")
def test_imports_go_one_way(module, path):
    assert forbidden(module, imports(path)) == []


def test_the_rule_refuses_the_other_way():
    assert forbidden("components.storage.s3", {"components.serving.spec.Team"}) == ["components.serving.spec.Team"]
    assert forbidden("stacks.settings", {"components.teams.Team"}) == ["components.teams.Team"]
    assert forbidden("runner.engine", {"cli.show"}) == ["cli.show"]
    assert forbidden("stacks.platform", {"components.teams.Team"}) == []


def test_only_settings_reads_the_configuration():
    """`platform` asks for named secrets, which never enter settings."""
    readers = {
        module
        for module, path in modules()
        if "pulumi.Config(" in path.read_text() or "runtime import config" in path.read_text()
    }
    assert readers == {"stacks.platform", "stacks.settings"}


def test_components_see_no_environment():
    for module, path in modules():
        if module.startswith("components"):
            text = path.read_text()
            assert not any(word in text for word in ("os.environ", "boto3", "get_stack(")), module


def test_check_imports_neither_pulumi_nor_a_cloud():
    code = "import sys, runner.checking as c; c.check('local'); print([m for m in ('pulumi', 'boto3', 'botocore', 'grpc') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


def test_modules_are_small():
    long = {m: n for m, path in modules() if (n := len(path.read_text().splitlines())) > 300}
    assert long == {}


def test_functions_are_small():
    """40 lines, constructors 80; a docstring is not code."""
    long = []
    for module, path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                documented = node.body[0].end_lineno - node.body[0].lineno + 1 if ast.get_docstring(node) else 0
                lines = node.end_lineno - node.lineno + 1 - documented
                if lines > (80 if node.name == "__init__" else 40):
                    long.append(f"{module}.{node.name}: {lines}")
    assert long == []
