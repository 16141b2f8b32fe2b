"""Bad input: one clear error each, nothing registered, nothing half-done."""

import json

import pytest

from providers.slipway_s3.store import connect

pytestmark = [pytest.mark.cluster, pytest.mark.root]


def test_five_mistakes_five_paths_and_nothing_registered(launched):
    before = launched.state_of()
    text = launched.stack_file.read_text()
    document = text.replace("slipway:models:", "slipway:modles: {}\n  slipway:models:").replace(
        "protect: false", "protect: 'no'"
    )
    launched.stack_file.write_text(document)
    launched.change("models", irsi={}, **{"house-price": {"min_replicas": -1}})
    launched.change("cluster", pools={"l4": {"accelerator": "l4"}})
    try:
        for command in (["check"], ["up"], ["preview"]):
            done = launched.slipway(*command)
            assert done.code == 2, done.text
            for path in (
                "modles",
                "lifecycle.protect",
                "models.irsi",
                "models.llama-8b",
                "models.house-price.min_replicas",
            ):
                assert f"error: {path}" in done.err
            assert done.err.count("error:") == 5
            assert "Traceback" not in done.err
        errors = json.loads(launched.slipway("check", "--json").out)
        assert len(errors) == 5
        assert set(errors[0]) == {"path", "rule", "value", "reason", "fix"}
    finally:
        launched.stack_file.write_text(text)
    assert launched.state_of() == before


def test_the_program_itself_refuses_them_too(launched):
    """A hand-typed `pulumi preview` meets the same report."""
    text = launched.stack_file.read_text()
    launched.slipway("env")
    config = launched.state / "pulumi" / "config" / "Pulumi.local.yaml"
    broken = config.read_text().replace("slipway:engine: plain", "slipway:engine: plane")
    assert broken != config.read_text()
    config.write_text(broken)
    import subprocess

    exported = launched.ok("env").out
    config.write_text(broken)
    script = f"{exported}\nexec pulumi preview -s local --non-interactive"
    done = subprocess.run(
        ["bash", "-c", script], cwd=launched.path, env=launched.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "engine" in done.stdout + done.stderr
    assert "give one of 'plain'" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert launched.stack_file.read_text() == text


@pytest.mark.parametrize(
    ("content", "words"), [(None, "the passphrase of this state is gone"), ("wrong", "does not open the secrets")]
)
def test_passphrase_lost_or_wrong(launched, content, words):
    path = launched.state / "pulumi" / "passphrase"
    assert path.stat().st_mode & 0o777 == 0o600
    kept = path.read_text()
    path.unlink()
    if content:
        path.write_text(content)
    try:
        done = launched.slipway("up")
        assert done.code == 2, done.text
        assert words in done.err
        assert "Traceback" not in done.err
    finally:
        path.write_text(kept)
        path.chmod(0o600)
    assert launched.slipway("preview", "--expect-no-changes").code == 0


def test_a_state_directory_of_another_version(launched):
    path = launched.state / "VERSION"
    kept = path.read_text()
    path.write_text("99\n")
    try:
        done = launched.slipway("up")
        assert done.code == 2
        assert "VERSION" in done.err
        assert "99" in done.err
    finally:
        path.write_text(kept)


def test_a_bucket_that_vanished(launched):
    """Seen by a refresh, made again by the next `up`, and the artifacts come back with it."""
    client = connect(launched.store())
    for page in client.get_paginator("list_object_versions").paginate(Bucket="artifacts"):
        for row in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            client.delete_object(Bucket="artifacts", Key=row["Key"], VersionId=row["VersionId"])
    client.delete_bucket(Bucket="artifacts")
    launched.ok("pulumi", "--", "refresh", "--yes", "--non-interactive")
    assert launched.slipway("preview", "--expect-no-changes").code == 7
    launched.ok("up")
    launched.ok("predict", "iris")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["up", "-s", "prod"], "no file stacks/Pulumi.prod.yaml"),
        (["status", "irsi"], "did you mean iris?"),
        (["artifact", "push", "nope", "."], "no model of stack local reads this artifact"),
        (["artifact", "push", "iris", "/nowhere"], "/nowhere"),
        (["sandbox", "logs", "nothing"], "nothing"),
        (["frobnicate"], "frobnicate"),
    ],
)
def test_words_that_mean_nothing(launched, arguments, words):
    done = launched.slipway(*arguments)
    assert done.code == 2
    assert words in done.err
    assert "Traceback" not in done.err
