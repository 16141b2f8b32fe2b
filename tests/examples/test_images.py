"""The examples' images: locked by hash, without privileges, and with nothing whose licence forbids production."""

import re

import pytest

from catalog.places import CLONE
from components.serving.spec import BuiltImage, Container, Detector, Explainer
from stacks.built import uses_base
from stacks.models import load_file
from tests.examples.declarations import CAN, EXAMPLES, path

FOLDERS = sorted(file.parent.relative_to(EXAMPLES).as_posix() for file in EXAMPLES.rglob("Containerfile"))
LOCKS = sorted(file.parent.relative_to(EXAMPLES).as_posix() for file in EXAMPLES.rglob("requirements.txt"))
# The last releases under Apache-2.0, by the LICENSE in each wheel; those after them are under BSL 1.1.
LAST_APACHE = {"seldon-core": "1.17.1", "alibi": "0.9.4", "alibi-detect": "0.11.4"}


def pinned(text: str) -> dict[str, str]:
    """Version by package; every one has a hash."""
    found = {}
    for block in re.split(r"\n(?=\S)", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).strip()):
        name, version = re.match(r"^([a-z0-9.-]+)==([^ ]+) \\\n", block).groups()
        assert "--hash=sha256:" in block, name
        found[name] = version
    return found


@pytest.mark.parametrize("folder", LOCKS)
def test_the_lock_has_what_is_required(folder):
    locked = pinned((EXAMPLES / folder / "requirements.txt").read_text())
    for line in (EXAMPLES / folder / "requirements.in").read_text().split():
        name, operator, version = re.match(r"^([a-z-]+)(==|<)(.+)$", line).groups()
        assert locked[name] == version or (operator == "<" and int(locked[name].split(".")[0]) < int(version))


@pytest.mark.parametrize("folder", LOCKS)
def test_nothing_is_under_a_business_licence(folder):
    locked = pinned((EXAMPLES / folder / "requirements.txt").read_text())
    for name in LAST_APACHE.keys() & locked:
        assert locked[name] == LAST_APACHE[name]


def test_a_lock_without_a_hash_is_seen():
    with pytest.raises(AssertionError):
        pinned("numpy==2.4.6 \\\n    --nothing")


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_image_is_built_from_locked_packages_alone(folder):
    text = (EXAMPLES / folder / "Containerfile").read_text()
    assert uses_base(text)
    installs = re.findall(r"pip install [^&\n]*", text)
    assert installs
    for install in installs:
        assert "--require-hashes" in install
        # What is published as source alone is built by the locked setuptools, never by one that pip fetches.
        assert "--only-binary :all:" in install or "--no-build-isolation" in install
    assert re.search(r"^USER 1000$", text, re.MULTILINE)


def test_every_image_belongs_to_a_declaration():
    built = {
        part.image.context
        for example in CAN
        for (model,) in [load_file(path(example))]
        for part in [
            *(node for _, _, node in model.nodes()),
            *(p.explainer for p in model.predictors if p.explainer),
            *model.detectors,
        ]
        if isinstance(part, Container | Explainer | Detector) and isinstance(part.image, BuiltImage)
    }
    assert built == {f"{EXAMPLES.relative_to(CLONE)}/{folder}" for folder in FOLDERS}


def test_explainers_are_asked_in_one_way():
    """Two images, because Alibi's last Apache release holds other packages back; what both have is one text."""
    one, other = ((EXAMPLES / "iris" / folder / "serve.py").read_text() for folder in ("explainers", "anchors"))
    assert one == other
