"""The language host under the real Pulumi, in a home and a backend of the test's own."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from sandbox.toolchain import locate
from sandbox.toolchain.language_host import interpreter
from tests.counts import count

CLONE = Path(__file__).parents[2]


@dataclass
class Project:
    """A Pulumi project with a stack `dev`."""

    folder: Path
    environment: dict[str, str]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["pulumi", *arguments, "--non-interactive", "--color=never"],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def pulumi(self, *arguments: str) -> tuple[int, str]:
        process = self.start(*arguments)
        said, _ = process.communicate(timeout=60)
        return process.returncode, said

    def program(self, text: str, name: str = "__main__.py") -> "Project":
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return self

    def project(self, text: str) -> "Project":
        (self.folder / "Pulumi.yaml").write_text(f"name: trial\n{text}")
        return self

    def preview(self) -> tuple[int, str]:
        return self.pulumi("preview", "-s", "dev")


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    root = tmp_path_factory.mktemp("pulumi")
    (root / "state").mkdir()
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI_", "VIRTUAL_ENV"))}
    return clean | {
        "HOME": str(root),
        "PATH": f"{locate.pulumi_dir()}:{clean['PATH']}",
        "PULUMI_BACKEND_URL": (root / "state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "1",
        "PULUMI_HOME": str(root / "home"),
        "PULUMI_PYTHON_CMD": sys.executable,
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PYTHONPATH": str(CLONE),
        "SLIPWAY_PYTHON": sys.executable,
    }


@pytest.fixture(scope="session")
def initialised(tmp_path_factory, environment) -> Path:
    """A project and a state with the stack `dev`, to be copied: an engine less for every test."""
    root = tmp_path_factory.mktemp("initialised")
    made = Project(root / "project", environment | {"PULUMI_BACKEND_URL": (root / "state").as_uri()})
    made.folder.mkdir()
    (root / "state").mkdir()
    made.project("runtime: python\n")
    code, said = made.pulumi("stack", "init", "dev")
    assert code == 0, said
    return root


@pytest.fixture
def project(tmp_path, environment, initialised) -> Project:
    for name in ("project", "state"):
        shutil.copytree(initialised / name, tmp_path / name)
    return Project(tmp_path / "project", environment | {"PULUMI_BACKEND_URL": (tmp_path / "state").as_uri()})


def errors(said: str) -> int:
    """How many errors the summary at the end has; while it runs, Pulumi shows each once more."""
    return said.partition("Diagnostics:")[2].count("error:")


def children_of(project: Project) -> list[psutil.Process]:
    """Every process that was started for the project: they all have its backend in their environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("PULUMI_BACKEND_URL") == project.environment["PULUMI_BACKEND_URL"]:
                found.append(process)
        except psutil.Error:
            continue
    return found


def wait_until(fact: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


def test_an_empty_program(project):
    code, said = project.program("").preview()
    assert code == 0, said
    assert "+ 1 to create" in said
    assert "warning" not in said.lower()
    assert "error" not in said.lower()


def test_a_program_is_run_as_a_program(project):
    project.program("WHO = 'a module beside it'\n", "beside.py")
    code, said = project.program(
        "import os, sys, pulumi, beside\n"
        "pulumi.export('facts', [__name__, os.getcwd(), sys.path[0], sys.argv, beside.WHO, sys.stdin.read(),"
        " pulumi.get_project(), pulumi.get_stack(), pulumi.runtime.is_dry_run()])\n"
    ).pulumi("up", "--yes", "--skip-preview", "-s", "dev")
    assert code == 0, said
    code, said = project.pulumi("stack", "output", "facts", "-s", "dev")
    folder = project.folder
    assert said.strip() == str(
        f'["__main__","{folder}","{folder}",["{folder}"],"a module beside it","","trial","dev",false]'
    )


def test_main_in_a_folder_of_its_own(project):
    project.project("runtime: python\nmain: sub/prog.py\n").program("NAME = 'found'\n", "sub/near.py")
    code, said = project.program("import near\nprint('near is', near.NAME)\n", "sub/prog.py").preview()
    assert code == 0, said
    assert "near is found" in said


def test_an_exception_shows_the_programs_frames_only(project):
    code, said = project.program(
        "def fail():\n    raise ValueError('the reason')\n\ntry:\n    fail()\nexcept ValueError as cause:\n"
        "    raise RuntimeError('the consequence') from cause\n"
    ).preview()
    assert code == 1
    assert "ValueError: the reason" in said
    assert "RuntimeError: the consequence" in said
    assert "in fail" in said
    assert "direct cause" in said
    for machinery in ("runpy", "launcher.py", "stack.py", "asyncio"):
        assert machinery not in said
    assert errors(said) == 1


def test_an_exception_in_an_apply_shows_the_programs_frames_only(project):
    code, said = project.program(
        "import pulumi\n\ndef bad(value):\n    return value['nothing']\n\npulumi.Output.from_input({}).apply(bad)\n"
    ).preview()
    assert code == 1
    assert "KeyError: 'nothing'" in said
    assert "in bad" in said
    assert "launcher.py" not in said


def test_a_syntax_error_shows_the_line_and_no_frames(project):
    code, said = project.program("x = 1\ny = = 2\n").preview()
    assert code == 1
    assert "y = = 2" in said
    assert "SyntaxError: invalid syntax" in said
    assert "runpy" not in said
    assert "launcher.py" not in said


def test_a_run_error_is_one_line(project):
    code, said = project.program("import pulumi\nraise pulumi.RunError('no bucket: name one')\n").preview()
    assert code == 1
    assert "error: no bucket: name one" in said
    assert "Traceback" not in said
    assert errors(said) == 1


def test_missing_configuration_is_one_line(project):
    code, said = project.program("import pulumi\npulumi.Config().require('size')\n").preview()
    assert code == 1
    assert "Missing required configuration variable 'trial:size'" in said
    assert "exit code" not in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("statement", "code", "text"),
    [
        ("sys.exit()", 0, "+ 1 to create"),
        ("sys.exit(0)", 0, "+ 1 to create"),
        ("sys.exit(3)", 1, "Program exited with non-zero exit code: 3"),
        ("sys.exit('the reason')", 1, "error: the reason"),
        ("os._exit(4)", 1, "Program exited with non-zero exit code: 4"),
        ("os.kill(os.getpid(), 9)", 1, "Program exited with non-zero exit code: -9"),
    ],
)
def test_the_ways_to_exit(project, statement, code, text):
    found, said = project.program(f"import os, sys\n{statement}\n").preview()
    assert (found, text in said) == (code, True), said
    assert errors(said) == code
    assert "Traceback" not in said


def test_what_a_program_prints_is_shown(project):
    code, said = project.program("import sys\nprint('to out')\nprint('to err', file=sys.stderr)\n").preview()
    assert code == 0, said
    assert "to out" in said
    assert "to err" in said


def test_a_folder_without_a_program(project):
    code, said = project.preview()
    assert code == 1
    assert "__main__.py" in said
    assert "Traceback" not in said


def test_configuration_and_secrets(project):
    project.pulumi("config", "set", "size", "3", "-s", "dev")
    project.pulumi("config", "set", "--path", "names[0]", "a", "-s", "dev")
    project.pulumi("config", "set", "--secret", "key", "hunter2", "-s", "dev")
    code, said = project.program(
        "import os, pulumi\nconfig = pulumi.Config()\n"
        "pulumi.export('size', config.require_int('size') + 1)\n"
        "pulumi.export('names', config.require_object('names'))\n"
        "pulumi.export('key', config.require_secret('key'))\n"
        "pulumi.export('secret', [pulumi.runtime.config.is_config_secret(f'trial:{key}') for key in ('key', 'size')])\n"
        "pulumi.export('seen', 'hunter2' in str(os.environ) + open('/proc/self/cmdline').read())\n"
    ).pulumi("up", "--yes", "--skip-preview", "-s", "dev")
    assert code == 0, said
    assert "hunter2" not in said
    outputs = json.loads(project.pulumi("stack", "output", "--json", "-s", "dev")[1])
    assert outputs == {"key": "[secret]", "names": ["a"], "secret": [True, False], "seen": False, "size": 4}


def test_a_virtual_environment_that_is_not_there(project):
    project.project("runtime: {name: python, options: {virtualenv: venv}}\n")
    code, said = project.program("").preview()
    assert code == 1
    assert f"{project.folder}/venv has no bin/python" in said
    assert "make setup" in said


def test_an_interpreter_without_the_sdk(project, tmp_path):
    bare = tmp_path / "project" / "venv" / "bin" / "python"
    bare.parent.mkdir(parents=True)
    bare.write_text(f'#!/bin/sh\nexec {sys._base_executable} -S "$@"\n')
    bare.chmod(0o755)
    project.project("runtime: {name: python, options: {virtualenv: venv}}\n")
    code, said = project.program("").preview()
    assert code == 1
    assert f"{bare} has no Pulumi SDK: run `make setup`" in said
    assert "Traceback" not in said


def test_a_host_without_slipway_says_what_to_set(project):
    project.environment = project.environment | {"PYTHONPATH": "", "SLIPWAY_PYTHON": sys._base_executable}
    code, said = project.program("").preview()
    assert code != 0
    assert "cannot run Slipway" in said
    assert "SLIPWAY_PYTHON" in said


def test_about_names_the_interpreter_and_what_is_installed(project):
    code, said = project.program("").pulumi("about", "-s", "dev", "--transitive")
    assert code == 0, said
    assert f"executable='{sys.executable}'" in said
    assert re.search(r"pulumi-kubernetes +4\.34\.2", said)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_sleeping_program_at_once(project, number):
    project.program("import pathlib, time\npathlib.Path('asleep').touch()\ntime.sleep(60)\n")
    process = project.start("preview", "-s", "dev")
    wait_until((project.folder / "asleep").exists)
    began = time.monotonic()
    process.send_signal(number)
    said, _ = process.communicate(timeout=30)
    assert time.monotonic() - began < 3
    assert process.returncode != 0
    assert "Traceback" not in said
    assert "exit code" not in said
    wait_until(lambda: not children_of(project), 3)


_STUBBORN = """\
import pathlib, signal, subprocess, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen(["sleep", "300"])
pathlib.Path("asleep").touch()
time.sleep(300)
"""


@pytest.mark.parametrize("victim", ["pulumi", "pulumi-language-python"])
def test_a_killed_engine_or_host_leaves_no_process(project, victim):
    for _ in range(count(test=1, prove=5, soak=25)):
        (project.folder / "asleep").unlink(missing_ok=True)
        process = project.program(_STUBBORN).start("preview", "-s", "dev")
        wait_until((project.folder / "asleep").exists)
        started = children_of(project)
        assert len(started) >= 4  # engine, host, program, and what the program started
        if victim == "pulumi":
            process.kill()
        else:
            next(each for each in started if each.ppid() == process.pid).kill()
        process.communicate(timeout=30)
        wait_until(lambda: not children_of(project), 5)


@pytest.mark.parametrize("wait", [False, True])
def test_a_host_ends_with_its_engine_whenever_that_is(environment, wait):
    """The engine is whoever reads the port; here it goes away before or after it has."""
    command = [locate.pulumi_dir() / "pulumi-language-python", "127.0.0.1:1"]
    host = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert host.stdout
    assert host.stderr
    if wait:
        assert int(host.stdout.readline()) > 0
        with pytest.raises(subprocess.TimeoutExpired):
            host.wait(0.5)
    host.stdout.close()
    assert host.wait(10) == 0
    assert host.stderr.read() == b""
    host.stderr.close()


def test_a_provider_written_in_python_is_run(project):
    """RunPlugin: a folder with PulumiPlugin.yaml in place of an executable."""
    plugin = project.folder / "plugin"
    plugin.mkdir()
    (plugin / "PulumiPlugin.yaml").write_text("runtime: python\n")
    (plugin / "__main__.py").write_text(
        "import sys\nfrom pathlib import Path\n"
        f"Path({str(plugin)!r}, 'ran').write_text(' '.join(sys.argv[1:]))\n"
        "print('the provider refuses', file=sys.stderr)\nsys.exit(7)\n"
    )
    project.project("runtime: python\nplugins: {providers: [{name: toy, path: ./plugin}]}\n")
    code, said = project.program(
        "import pulumi\npulumi.CustomResource('toy:index:Thing', 'x', {}, "
        "pulumi.ResourceOptions(provider=pulumi.ProviderResource('toy', 'p', {})))\n"
    ).preview()
    assert code == 1
    assert (plugin / "ran").read_text().startswith("127.0.0.1:")
    assert "the provider refuses" in said


class TestFindPython:
    """Which interpreter is taken, in order."""

    @pytest.fixture(autouse=True)
    def clean(self, monkeypatch):
        monkeypatch.delenv("VIRTUAL_ENV", raising=False)
        monkeypatch.delenv("PULUMI_PYTHON_CMD", raising=False)

    @staticmethod
    def make(folder: Path) -> str:
        python = folder / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.touch()
        return str(python)

    def test_the_order(self, tmp_path, monkeypatch):
        root = tmp_path / "a" / "b"
        root.mkdir(parents=True)
        uv = {"toolchain": "uv"}
        assert interpreter.find_python(root, uv).endswith("python3")
        monkeypatch.setenv("PULUMI_PYTHON_CMD", sys.executable)
        assert interpreter.find_python(root, uv) == sys.executable
        active = self.make(tmp_path / "active")
        monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "active"))
        assert interpreter.find_python(root, uv) == active
        above = self.make(tmp_path / ".venv")
        assert interpreter.find_python(root, uv) == above
        assert interpreter.find_python(root, {}) == active
        named = self.make(root / "venv")
        assert interpreter.find_python(root, {**uv, "virtualenv": "venv"}) == named

    def test_what_is_named_must_be_there(self, tmp_path, monkeypatch):
        with pytest.raises(interpreter.NoInterpreterError, match=r"venv has no bin/python.*make setup"):
            interpreter.find_python(tmp_path, {"virtualenv": "venv"})
        monkeypatch.setenv("PULUMI_PYTHON_CMD", "/nowhere/python")
        with pytest.raises(interpreter.NoInterpreterError, match="/nowhere/python is not on PATH"):
            interpreter.find_python(tmp_path, {})

    def test_distributions_without_what_others_require(self):
        everything = dict(interpreter.distributions(sys.executable, transitive=True))
        chosen = dict(interpreter.distributions(sys.executable, transitive=False))
        assert everything["pulumi-kubernetes"] == "4.34.2"
        assert "grpcio" in everything
        assert "grpcio" not in chosen  # pulumi requires it
        assert chosen["hypothesis"] == everything["hypothesis"]
