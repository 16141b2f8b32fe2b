"""What is found in a folder, and the Containerfile that it gets."""

import pytest

from catalog.errors import SlipwayError
from delivery.image import Kind, entries, write_containerfile

SOURCES = {
    Kind.FASTAPI: ("main.py", "import fastapi\napi = fastapi.FastAPI(title='x')\n", "fastapi==1\nuvicorn==1\n"),
    Kind.FLASK: ("app.py", "from flask import Flask\napp: Flask = Flask(__name__)\n", "Flask==3\ngunicorn==27\n"),
    Kind.SELDON_COMPONENT: (
        "Own.py",
        "from seldon_core.user_model import SeldonComponent\nclass Own(SeldonComponent):\n    def predict(self, X): ...\n",
        "seldon_core==1.17.1\n",
    ),
    Kind.MLSERVER: ("model-settings.json", "{}", "mlserver==1.7.1\n"),
}
COMMANDS = {
    Kind.FASTAPI: '["uvicorn", "main:api", "--host", "0.0.0.0", "--port", "8080", "--no-access-log"]',
    Kind.FLASK: '["gunicorn", "--bind", "0.0.0.0:8080", "--threads", "4", "app:app"]',
    Kind.SELDON_COMPONENT: '["seldon-core-microservice", "Own.Own", "--service-type", "MODEL"]',
    Kind.MLSERVER: '["mlserver", "start", "/app"]',
}


def put(folder, *kinds):
    requirements = ""
    for kind in kinds:
        name, text, needed = SOURCES[kind]
        (folder / name).write_text(text)
        requirements += needed
    (folder / "requirements.txt").write_text(requirements)


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("said", [True, False])
def test_each_kind_gets_its_own(tmp_path, kind, said):
    put(tmp_path, kind)
    written = write_containerfile(tmp_path, kind if said else None)
    text = written.read_text()
    assert written.name == "Containerfile"
    assert text.startswith("FROM slipway/python-base\n")
    assert f"CMD {COMMANDS[kind]}\n" in text
    assert "USER 1000\n" in text
    assert "$" not in text
    assert "--require-hashes -r requirements.txt" not in text


def test_with_hashes_they_are_demanded(tmp_path):
    put(tmp_path, Kind.FLASK)
    (tmp_path / "requirements.txt").write_text("flask==3 --hash=sha256:ab\ngunicorn==27 --hash=sha256:cd\n")
    assert (
        "pip install --no-compile --require-hashes -r requirements.txt"
        in write_containerfile(tmp_path, None).read_text()
    )


def test_of_two_the_said_one_is_taken(tmp_path):
    put(tmp_path, Kind.FLASK, Kind.FASTAPI)
    with pytest.raises(SlipwayError, match=r"more than one thing to start: flask app:app, fastapi main:api"):
        write_containerfile(tmp_path, None)
    assert not (tmp_path / "Containerfile").exists()
    assert "main:api" in write_containerfile(tmp_path, Kind.FASTAPI).read_text()


@pytest.mark.parametrize(
    ("method", "service"),
    [("route", "ROUTER"), ("aggregate", "COMBINER"), ("transform_input", "TRANSFORMER"), ("predict", "MODEL")],
)
def test_what_a_component_is_to_its_wrapper(tmp_path, method, service):
    text = f"import seldon_core\nclass A(seldon_core.SeldonComponent):\n    def {method}(self): ...\n"
    (tmp_path / "a.py").write_text(text)
    assert [(e.module, e.name, e.service) for e in entries(tmp_path)] == [("a", "A", service)]


def test_programs_are_read_and_not_run(tmp_path):
    (tmp_path / "a.py").write_text("raise SystemExit\n")
    assert list(entries(tmp_path)) == []


@pytest.mark.parametrize(
    "inside", ["def make():\n    app = Flask(__name__)\n", "class Flask: ...\n", "app = other()\n"]
)
def test_what_is_no_application(tmp_path, inside):
    (tmp_path / "a.py").write_text(inside)
    assert list(entries(tmp_path)) == []


def missing_requirements(folder):
    put(folder, Kind.FLASK)
    (folder / "requirements.txt").unlink()


def without_server(folder):
    put(folder, Kind.FASTAPI)
    (folder / "requirements.txt").write_text("fastapi==1\n")


def no_python(folder):
    (folder / "a.py").write_text("def\n")


def dockerfile(folder):
    put(folder, Kind.FLASK)
    (folder / "Dockerfile").write_text("FROM scratch\n")


@pytest.mark.parametrize(
    ("given", "kind", "words"),
    [
        (lambda folder: None, None, "neither a Containerfile nor something"),
        (lambda folder: put(folder, Kind.FLASK), Kind.MLSERVER, "nothing of kind mlserver"),
        (missing_requirements, None, "nothing says which packages it needs"),
        (without_server, None, "starts with uvicorn, which is not among them"),
        (no_python, None, "it is no Python"),
        (dockerfile, None, "name it Containerfile"),
    ],
)
def test_what_is_refused(tmp_path, given, kind, words):
    given(tmp_path)
    with pytest.raises(SlipwayError, match=words):
        write_containerfile(tmp_path, kind)
    assert not (tmp_path / "Containerfile").exists()


def test_no_folder(tmp_path):
    with pytest.raises(SlipwayError, match="no such directory"):
        write_containerfile(tmp_path / "none", None)


def test_the_kinds_of_the_command_are_these():
    from cli.image import _KINDS

    assert set(_KINDS) == set(Kind)


@pytest.mark.parametrize("kind", list(Kind))
def test_nothing_is_installed_without_its_hash(tmp_path, kind):
    """What a Containerfile of ours installs by itself, too: what the folder says has hashes here."""
    put(tmp_path, kind)
    path = tmp_path / "requirements.txt"
    path.write_text("".join(f"{line} --hash=sha256:{'ab' * 32}\n" for line in path.read_text().splitlines()))
    text = write_containerfile(tmp_path, kind).read_text()
    installs = [line for line in text.splitlines() if "pip install" in line]
    assert installs
    assert all("--require-hashes" in line for line in installs)
    for name in {pin for line in text.splitlines() for pin in line.split() if "==" in pin}:
        (line,) = [line for line in text.splitlines() if name in line]
        assert line.count("--hash=sha256:") == 2
