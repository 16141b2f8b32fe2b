"""Who is not root gets the whole launch in simulation: everything is placed, nothing is run, and that is said."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from catalog.places import cache_dir
from sandbox.node import life
from tests.launch.clone import Clone
from tests.node.fixtures import Host

pytestmark = [pytest.mark.cluster, pytest.mark.root]

# The interpreter and the cache may be below a home that others may not enter: they are shown to the user at places of
# their own, in a mount namespace that ends with the script.
_SCRIPT = """
set -e
mkdir {tmp}/python {tmp}/cache {tmp}/empty
mount --bind {python} {tmp}/python
mount --bind {cache} {tmp}/cache
mount -t tmpfs -o mode=755 tmpfs {closed}
mkdir -p {python}
mount --bind {tmp}/python {python}
cd {clone}
as_nobody() {{
  setpriv --reuid {uid} --regid {uid} --clear-groups --inh-caps=-all --bounding-set=-all env -i PATH="$PATH" NO_COLOR=1 \\
    HOME={home} SLIPWAY_CACHE={tmp}/cache PYTHONPATH={clone} PYTHONDONTWRITEBYTECODE=1 "$@"
}}
for arguments in {commands}; do
  code=0
  as_nobody {interpreter} -c 'from cli.main import main; main()' $arguments >{tmp}/out 2>{tmp}/err || code=$?
  {interpreter} -c "$REPORT" "$arguments" $code {tmp}/out {tmp}/err
done
"""
_REPORT = """
import json, sys
arguments, code, *files = sys.argv[1:]
print(json.dumps([arguments, int(code), *(open(file).read() for file in files)]))
"""
_NOBODY = 65534
COMMANDS = (
    "up",
    "status --json",
    "predict iris",
    "predict house-price",
    "logs iris",
    "sandbox status",
    "down",
)


def as_nobody(directory: Path, *commands: str) -> dict[str, tuple[int, str, str]]:
    """Runs `slipway` commands in a clone of its own, as a user without any rights: exit code, output, errors."""
    directory.chmod(0o755)
    clone = Clone(directory / "slipway")
    home = directory / "home"
    home.mkdir()
    subprocess.run(["chown", "-R", f"{_NOBODY}:{_NOBODY}", str(clone.path), str(home)], check=True)
    script = _SCRIPT.format(
        tmp=directory,
        python=Path(sys.base_prefix).resolve(),
        closed=_closed(Path(sys.base_prefix).resolve()) or directory / "empty",
        cache=cache_dir(),
        clone=clone.path,
        home=home,
        uid=_NOBODY,
        commands=" ".join(map(shlex.quote, commands)),
        interpreter=sys.executable,
    )
    done = subprocess.run(
        ["unshare", "--mount", "bash", "-c", script],
        env=os.environ | {"REPORT": _REPORT},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = [json.loads(line) for line in done.stdout.splitlines()]
    return {arguments: (code, out, err) for arguments, code, out, err in said}


def _closed(path: Path) -> Path | None:
    """The outermost directory on the way that others may not enter."""
    return next((each for each in reversed(path.parents) if not each.stat().st_mode & 0o001), None)


@pytest.fixture(scope="module")
def said():
    # pytest's own temporary directories are closed to others.
    directory = Path(tempfile.mkdtemp(prefix="slipway-simulation-", dir="/tmp"))
    try:
        before = Host()
        yield as_nobody(directory, *COMMANDS)
        assert Host() == before, "something of it was left on this machine"
    finally:
        life.reset(directory / "slipway" / ".slipway")
        shutil.rmtree(directory)


def test_up_succeeds_and_says_what_is_missing_and_that_nothing_was_asked(said):
    code, out, err = said["up"]
    assert code == 0, err
    assert f"missing: root (this is user id {_NOBODY})" in err
    assert "no model was asked" in err
    assert "asked iris" not in err
    assert "Traceback" not in err
    assert "outputs" not in out


def test_every_model_is_placed_and_marked(said):
    code, out, err = said["status --json"]
    assert code == 0, err
    rows = {row["name"]: row for row in json.loads(out)}
    assert {name: row["nodes"] for name, row in rows.items()} == {
        "house-price": ["sim-system-0"],
        "iris": ["sim-system-0"],
        "llama-8b": ["h100-0"],
    }
    assert all(row["simulated"] and row["is_ready"] and not row["url"] for row in rows.values())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("predict iris", f"which is missing: root (this is user id {_NOBODY})"),
        ("predict house-price", "never run, never answered for"),
        ("logs iris", "its pods are simulated"),
    ],
)
def test_nothing_answers(said, arguments, words):
    code, out, err = said[arguments]
    assert code == 2
    assert words in err
    assert not out


def test_the_control_plane_is_real_and_no_part_runs_pods(said):
    parts = {line.split()[0]: line.split()[1] for line in said["sandbox status"][1].splitlines()[1:]}
    assert set(parts.values()) == {"ready"}
    assert {"apiserver", "scheduler", "kwok", "s3"} <= set(parts)
    assert not {"kubelet", "containerd", "kube-proxy"} & set(parts)


def test_down(said):
    assert said["down"][0] == 0
