"""`slipway image build|push`: into a registry, by the tag of the folder's content, and into the lock of a stack."""

import functools

import pytest
import urllib3

from catalog.errors import SlipwayError
from cli.main import main
from delivery import image_tools
from runner import building
from stacks import built
from stacks.locks import read
from stacks.settings import from_file, stack_file
from tests.images.conftest import Heard, can_build, needs_root


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A repository of the test's own, with one folder that has an image, and the lock of prod-eks."""
    root = tmp_path / "clone"
    (root / "examples" / "own_app").mkdir(parents=True)
    (root / "examples" / "own_app" / "Containerfile").write_text("FROM scratch\nCOPY hello.txt /\n")
    (root / "examples" / "own_app" / "hello.txt").write_text("hello")
    monkeypatch.setattr(building, "CLONE", root)
    monkeypatch.setattr(building, "tagged", functools.partial(built.tagged, root=root))
    monkeypatch.setattr("stacks.resolution.STACKS", root)
    monkeypatch.setenv("HOME", str(tmp_path))
    return root


@pytest.fixture
def cloud(clone, registry, monkeypatch, tmp_path):
    """The stack's registry, which is a real one on this machine."""
    where = f"{registry(tmp_path / 'data')}/example-prod-models"
    monkeypatch.setattr(building, "registry", lambda settings: where)
    return where


def lock(clone):
    return read(clone / "locks" / "prod-eks.json").entries


@needs_root
@can_build
def test_it_is_built_pushed_and_locked_once_for_its_content(clone, cloud):
    folder = clone / "examples" / "own_app"
    heard = Heard()
    there, _ = building.push("prod-eks", folder, None, heard)
    assert there.where == f"{cloud}/own-app@{there.digest}"
    entry = lock(clone)["image:examples/own_app"]
    assert (entry.reference, entry.immutable, entry.digest) == ("examples/own_app", there.where, there.digest)
    host, _, name = there.where.partition("@")[0].partition("/")
    tag = built.folder_key("examples/own_app", clone)[:20]
    for reference in (tag, there.digest):
        accept = {"Accept": "application/vnd.oci.image.manifest.v1+json"}
        answer = urllib3.request("HEAD", f"http://{host}/v2/{name}/manifests/{reference}", headers=accept)
        assert answer.headers["Docker-Content-Digest"] == there.digest
    layers = urllib3.request("GET", f"http://{host}/v2/{name}/manifests/{tag}", headers=accept).json()["layers"]
    assert entry.bytes == there.bytes == sum(layer["size"] for layer in layers)
    assert heard.built() == ["own-app"]
    again = Heard()
    assert building.push("prod-eks", folder, None, again)[0] == there
    assert again.lines == [("image", f"{cloud}/own-app:{tag} is in the registry")]
    (folder / "hello.txt").write_text("other")
    other, (change,) = building.push("prod-eks", folder, None, Heard())
    assert other.digest != there.digest
    assert (change.before.digest, change.after.digest) == (there.digest, other.digest)


@needs_root
@can_build
def test_a_build_prints_the_digest_and_locks_nothing(clone, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["image", "build", str(clone / "examples" / "own_app")])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("sha256:")
    assert not (clone / "locks").exists()


FAKE = """#!/bin/sh
echo "$@" >> {folder}/calls
case "$1" in
  build) while [ "$1" != --iidfile ]; do shift; done; printf 'sha256:{id}' > "$2" ;;
  push)
    echo pushing
    if [ "$2" = --digestfile ]; then printf 'sha256:{digest}' > "$3"; fi ;;
  image) echo '[{{"RepoDigests": ["registry.example.com/other@sha256:{id}", "{where}/own-app@sha256:{digest}"]}}]' ;;
esac
exit $(cat {folder}/exit 2>/dev/null || echo 0)
"""
IDENTITY, DIGEST = "1" * 64, "2" * 64


@pytest.fixture(params=image_tools.TOOLS)
def tool(request, clone, tmp_path, monkeypatch):
    """A tool of the user's own that only notes how it was called; a registry that has nothing."""
    where = "registry.example.com/models"
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / request.param
    script.write_text(FAKE.format(folder=folder, id=IDENTITY, digest=DIGEST, where=where))
    script.chmod(0o755)
    monkeypatch.setenv(
        "PATH", f"{folder}:/usr/bin:/bin" if request.param == "buildah" else f"{folder}:{shells(tmp_path)}"
    )
    monkeypatch.setattr(building, "cannot_build", lambda: "building images needs root")
    monkeypatch.setattr(building, "registry", lambda settings: where)
    monkeypatch.setattr(building.tags, "resolve", absent)
    return folder


def shells(tmp_path):
    """A PATH with what a script needs, and no builder."""
    folder = tmp_path / "shells"
    folder.mkdir()
    for name in ("sh", "cat"):
        (folder / name).symlink_to(f"/bin/{name}")
    return folder


def absent(reference):
    raise building.AbsentError(reference, "", "not there", "push it")


def test_without_root_the_users_own_tool_builds(tool, clone):
    there = building.build(clone / "examples" / "own_app", None, Heard())
    assert there.digest == f"sha256:{IDENTITY}"
    assert (tool / "calls").read_text().startswith("build --file")


def test_and_pushes(tool, clone):
    there, _ = building.push("prod-eks", clone / "examples" / "own_app", None, Heard())
    assert there.where == f"registry.example.com/models/own-app@sha256:{DIGEST}"
    assert lock(clone)["image:examples/own_app"].digest == there.digest


def test_what_the_tool_says_when_it_fails(tool, clone):
    (tool / "exit").write_text("3")
    with pytest.raises(SlipwayError, match="exit 3"):
        building.push("prod-eks", clone / "examples" / "own_app", None, Heard())
    assert not (clone / "locks").exists()


def test_the_base_of_slipway_is_built_by_slipway_alone(tool, clone):
    (clone / "examples" / "own_app" / "Containerfile").write_text("FROM slipway/python-base\n")
    with pytest.raises(SlipwayError, match="this base is built by Slipway as root on Linux"):
        building.build(clone / "examples" / "own_app", None, Heard())


def test_neither_tool(clone, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(shells(tmp_path)))
    monkeypatch.setattr(building, "cannot_build", lambda: "building images needs root")
    with pytest.raises(SlipwayError, match="neither buildah nor docker is on PATH"):
        building.build(clone / "examples" / "own_app", None, Heard())


def test_no_registry(clone, monkeypatch):
    monkeypatch.setattr(building, "registry", lambda settings: "127.0.0.1:9/models")
    with pytest.raises(SlipwayError, match=r"the registry 127\.0\.0\.1:9 cannot be reached"):
        building.push("prod-eks", clone / "examples" / "own_app", None, Heard())
    monkeypatch.setattr(building, "registry", lambda settings: None)
    with pytest.raises(SlipwayError, match="does not say to which registry"):
        building.push("prod-eks", clone / "examples" / "own_app", None, Heard())
    assert built.registry(from_file(stack_file("local"))) is None


def test_a_folder_that_no_declaration_can_name(clone, tmp_path):
    (tmp_path / "outside").mkdir()
    with pytest.raises(SlipwayError, match="outside of this repository"):
        building.push("prod-eks", tmp_path / "outside", None, Heard())
    with pytest.raises(SlipwayError, match="no such directory"):
        building.push("prod-eks", clone / "nowhere", None, Heard())


def test_a_kind_beside_a_containerfile(clone):
    with pytest.raises(SlipwayError, match="no kind has to be chosen"):
        building.push("prod-eks", clone / "examples" / "own_app", building.Kind.FLASK, Heard())


def test_a_folder_without_a_containerfile_gets_one_and_is_told(clone, tool):
    folder = clone / "examples" / "web"
    folder.mkdir()
    (folder / "app.py").write_text("app = Flask(__name__)\n")
    (folder / "requirements.txt").write_text("flask\ngunicorn\n")
    heard = Heard()
    with pytest.raises(SlipwayError, match="this base is built by Slipway"):
        building.build(folder, None, heard)
    assert (folder / "Containerfile").is_file()
    assert "is written; it is yours" in heard.lines[0][1]
