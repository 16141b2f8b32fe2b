"""The node's view of the file system, made in mount namespaces of the tests' own."""

import subprocess
import sys
from pathlib import Path

from catalog.places import CLONE
from sandbox.node import host


def inside(script: str) -> str:
    """What a Python script says in fresh namespaces."""
    argv = ["unshare", *host.OWN_USER, *host.NAMESPACES, sys.executable, "-c", script]
    done = subprocess.run(argv, capture_output=True, text=True, cwd=CLONE, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_is_kept_stays_visible_where_it_is(tmp_path: Path) -> None:
    for name in ("covered/kept/deep", "covered/hidden", "beside"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "file").write_text(name)
    script = f"""
from pathlib import Path
from sandbox.node.mounts import cover
top = Path({str(tmp_path)!r})
cover(top / "covered", [top / "covered/kept", top / "beside", top / "absent"])
for path in sorted(top.rglob("file")):
    print(path.relative_to(top))
(top / "covered/new").write_text("private")
(top / "covered/kept/new").write_text("shared")
"""
    assert inside(script).splitlines() == ["beside/file", "covered/kept/deep/file"]
    assert not (tmp_path / "covered/new").exists()
    assert (tmp_path / "covered/kept/new").read_text() == "shared"


def test_the_nodes_directory_is_where_its_files_say_even_below_a_covered_one(tmp_path: Path) -> None:
    (tmp_path / "mark").write_text("here")
    script = f"""
from pathlib import Path
from sandbox.node.mounts import arrange
arrange(Path({str(tmp_path)!r}), (), real_pods=False)
print(Path("/run/node/mark").read_text())
print(sorted(path.name for path in Path("/run").iterdir()))
"""
    assert inside(script).splitlines() == ["here", "['node']"]


def test_a_mount_that_is_refused_is_named() -> None:
    script = """
from pathlib import Path
from sandbox.node.mounts import mount
try:
    mount("x", Path("/proc"), "no-such-kind")
except OSError as error:
    print(error.filename, "/", error.strerror)
"""
    assert inside(script).strip() == "/proc / cannot mount no-such-kind: No such device"
