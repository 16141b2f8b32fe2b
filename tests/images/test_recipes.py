"""What an image is made from decides its key, and nothing else does."""

from pathlib import Path

import pytest

from sandbox.images import recipes
from sandbox.images.recipes import Recipe, keys


@pytest.fixture
def items(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Recipe]:
    monkeypatch.setattr(recipes, "_HERE", tmp_path)
    for name in ("base", "child", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "Containerfile").write_text(f"FROM scratch\nLABEL name={name}\n")
        (tmp_path / name / "requirements.txt").write_text("x==1\n")
        (tmp_path / name / "requirements.in").write_text("x\n")
    (tmp_path / "tool").write_text("binary")
    return {
        "base": Recipe(name="base", program=tmp_path / "tool"),
        "child": Recipe(name="child", base="base"),
        "other": Recipe(name="other", files={"tool": tmp_path / "tool"}),
    }


def changed(items: dict[str, Recipe], path: Path) -> set[str]:
    before = keys(items)
    path.write_text("something else")
    return {name for name, key in keys(items).items() if key != before[name]}


def test_the_same_files_give_the_same_keys(items: dict[str, Recipe]) -> None:
    assert keys(items) == keys(items)
    assert len(set(keys(items).values())) == 3


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("base/Containerfile", {"base", "child"}),
        ("base/requirements.txt", {"base", "child"}),
        ("child/requirements.txt", {"child"}),
        ("tool", {"base", "child", "other"}),
        ("other/requirements.in", set()),  # only what it resolves to is installed
    ],
)
def test_a_change_reaches_what_is_built_from_it(
    items: dict[str, Recipe], tmp_path: Path, path: str, names: set[str]
) -> None:
    assert changed(items, tmp_path / path) == names


def test_every_shipped_recipe_has_its_files_and_locks_all_it_installs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "binary").write_text("x")
    monkeypatch.setattr(recipes, "tool", lambda _: tmp_path / "binary")
    shipped = recipes.recipes()
    assert set(shipped) == {"python-base", "pause", "coredns", "artifact-fetch", "mlserver"}
    for recipe in shipped.values():
        sources = recipe.sources()
        assert all(path.is_file() for path in sources.values())
        text = sources["Containerfile"].read_text()
        assert ("\nFROM slipway/python-base" in text) is (recipe.base == "python-base")
        assert text.count("pip install") == text.count("--require-hashes")
        if "pip install" in text:
            lock = sources["requirements.txt"].read_text()
            assert lock.count("==") > 0
            assert "index-url" not in lock


def test_what_trains_the_example_reads_it_too() -> None:
    """A pickle is read by the versions that wrote it."""
    import importlib.metadata

    lock = (Path(recipes.__file__).parent / "mlserver" / "requirements.txt").read_text()
    for package in ("scikit-learn", "joblib", "numpy", "scipy"):
        assert f"{package}=={importlib.metadata.version(package)} " in lock
