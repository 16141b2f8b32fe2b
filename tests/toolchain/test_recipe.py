from dataclasses import replace
from pathlib import Path

import pytest

from catalog.errors import SlipwayError
from sandbox.toolchain.machine import Machine
from sandbox.toolchain.recipe import GoTool, required, same_version
from sandbox.toolchain.shipped import RECIPE

AMD64 = Machine("linux", "amd64")
GO = (1, 26)


def test_versions_come_from_go_mod(recipe):
    assert recipe.version(recipe.tools[0]) == "v1.2.3"
    assert "-ldflags=-s -w -X main.version=v1.2.3" in recipe.build_arguments(recipe.tools[0])


def test_a_module_that_go_mod_lacks_is_an_error(recipe):
    with pytest.raises(SlipwayError, match="lost needs this module"):
        recipe.version(GoTool(name="lost", package="./lost", module="example.test/lost"))


def test_required_reads_both_forms_and_no_replacements(tmp_path: Path):
    path = tmp_path / "go.mod"
    path.write_text(
        "module a.b/c\n\ngo 1.26.0\n\nrequire x.y/one v1.0.0\n\nrequire (\n\tx.y/two/v3 v3.2.1-rc.1 // indirect\n)\n\n"
        "replace x.y/one => x.y/other v9.9.9\n"
    )
    assert required(path) == {"x.y/one": "v1.0.0", "x.y/two/v3": "v3.2.1-rc.1"}


@pytest.mark.parametrize("name", ["go.mod", "go.sum", "one/main.go"])
def test_the_key_changes_with_every_source(recipe, name):
    before = recipe.key(AMD64, GO)
    path = recipe.root / "tools" / name
    path.write_text(path.read_text() + "\n")
    assert recipe.key(AMD64, GO) != before


def test_the_key_changes_with_what_makes_the_output_and_with_nothing_else(recipe):
    one, two = recipe.tools
    keys = [
        recipe.key(AMD64, GO),
        recipe.key(Machine("linux", "arm64"), GO),
        recipe.key(AMD64, (1, 27)),
        recipe.key(AMD64, GO, ["wrapper"]),
        replace(recipe, tools=(replace(one, tags="netgo"), two)).key(AMD64, GO),
        replace(recipe, tools=(one,)).key(AMD64, GO),
        replace(recipe, data=()).key(AMD64, GO),
    ]
    assert len(set(keys)) == len(keys)
    assert replace(recipe, tools=(replace(one, seconds=99), two)).key(AMD64, GO) == keys[0]
    (recipe.root / "tools" / "notes.txt").write_text("not a source")
    assert recipe.key(AMD64, GO) == keys[0]


def test_the_key_does_not_know_where_the_clone_is(recipe, tmp_path):
    before = recipe.key(AMD64, GO)
    moved = recipe.root.rename(tmp_path / "elsewhere")
    assert replace(recipe, root=moved).key(AMD64, GO) == before


@pytest.mark.parametrize(
    ("said", "pinned", "minor", "fits"),
    [
        ("Kubernetes v1.36.3", "v1.36.3", False, True),
        ("Kubernetes v1.36.2", "v1.36.3", False, False),
        ("gitVersion: v1.36.9", "v1.36.3", True, True),
        ("gitVersion: v1.35.3", "v1.36.3", True, False),
        ("gitVersion: v2.36.3", "v1.36.3", True, False),
        ("3.259.0", "v3.259.0", False, True),
        ("no version here", "v3.259.0", False, False),
        ("", "v3.259.0", True, False),
    ],
)
def test_same_version(said, pinned, minor, fits):
    assert same_version(said, pinned, minor=minor) is fits


def test_the_shipped_table_is_whole():
    names = [each.name for each in (*RECIPE.tools, *RECIPE.data)]
    assert len(set(names)) == len(names)
    for each in (*RECIPE.tools, *RECIPE.data):
        version = RECIPE.version(each)
        assert bool(version) is bool(each.module)
    assert RECIPE.go_release() == GO


def test_on_macos_there_is_no_node():
    names = {tool.name for tool in RECIPE.for_machine(Machine("darwin", "arm64"))}
    assert {"kube-apiserver", "pulumi", "etcd", "versitygw"} <= names
    assert not names & {"kubelet", "kube-proxy", "coredns", "slipway-forward", "slipway-pause"}
