"""Promotions between two stacks with stores of their own on a real S3 server, as a person calls them."""

import json

import pytest
import yaml

from cli.main import main
from delivery.artifact import StoreTarget, push
from providers.slipway_s3.store import connect
from stacks.locks import LockEntry, read

POOLS = {"h100": {"accelerator": "h100", "count": 1}}


@pytest.fixture
def stacks(tmp_path, monkeypatch, gateway):
    """Two stacks on buckets of their own; the second demands locks."""
    for module in ("settings", "resolution"):
        monkeypatch.setattr(f"stacks.{module}.STACKS", tmp_path)
    store = gateway.store()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", store.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", store.secret_key)
    client = connect(store)
    for stack, locks in {"one": "counted", "two": "required", "three": "counted"}.items():
        bucket = f"{stack}-{tmp_path.name.replace('_', '-')}"[:60].strip("-").lower()
        client.create_bucket(Bucket=bucket)
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        write(tmp_path, stack, bucket, gateway.endpoint, locks)
    return tmp_path


def write(folder, stack, bucket, endpoint, locks):
    values = {
        "cluster": {"kind": "existing", "name": stack, "kubeconfig": "none", "context": stack, "pools": POOLS},
        "store": {"kind": "s3", "bucket": bucket, "endpoint": endpoint},
        "teams": {"science": {"owner": "a@example.com"}},
        "models": {"iris": {}, "house-price": {}, "llama-8b": {}},
        "locks": locks,
    }
    text = yaml.safe_dump({"config": {f"slipway:{key}": value for key, value in values.items()}})
    (folder / f"Pulumi.{stack}.yaml").write_text(text)


def bucket_of(stacks, stack):
    return yaml.safe_load((stacks / f"Pulumi.{stack}.yaml").read_text())["config"]["slipway:store"]["bucket"]


def lock(stacks, stack):
    return read(stacks / "locks" / f"{stack}.json").entries


def locked(stacks, stack, key, immutable):
    path = stacks / "locks" / f"{stack}.json"
    path.parent.mkdir(exist_ok=True)
    document = json.loads(path.read_text()) if path.exists() else {"format": 1, "entries": {}}
    entry = LockEntry(reference=key, immutable=immutable, digest="sha256:" + "1" * 64, date="2026-01-01")
    document["entries"][key] = entry.model_dump(exclude_none=True)
    path.write_text(json.dumps(document))


def run(capsys, *words):
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    said = capsys.readouterr().err
    return ended.value.code, said


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "files"
    (folder / "sub").mkdir(parents=True)
    (folder / "model.bin").write_text("weights")
    (folder / "sub" / "settings.json").write_text("{}")
    return folder


def images(stacks, stack):
    for folder in ("sandbox/images/mlserver", "sandbox/images/artifact-fetch"):
        locked(stacks, stack, f"image:{folder}", f"registry.example.com/{folder.rpartition('/')[2]}@sha256:{'1' * 64}")


def test_from_what_was_pushed_to_what_another_stack_runs(stacks, files, gateway, capsys):
    push("iris", files, StoreTarget(gateway.store(), bucket_of(stacks, "one")))
    assert run(capsys, "lock", "iris", "-s", "one")[0] == 0
    images(stacks, "one")
    code, said = run(capsys, "promote", "iris", "--from", "one", "--to", "two")
    assert (code, f"copied to s3://{bucket_of(stacks, 'two')}" in said) == (0, True)
    assert lock(stacks, "two") == lock(stacks, "one")
    code, said = run(capsys, "promote", "iris", "--from", "one", "--to", "two")
    assert (code, f"already in s3://{bucket_of(stacks, 'two')}" in said, "= artifact:iris" in said) == (0, True, True)
    assert run(capsys, "lock", "iris", "-s", "two")[0] == 0  # its store really has it
    assert lock(stacks, "two") == lock(stacks, "one")


def test_locks_that_are_required_come_all_or_none(stacks, files, gateway, capsys):
    push("iris", files, StoreTarget(gateway.store(), bucket_of(stacks, "one")))
    run(capsys, "lock", "iris", "-s", "one")
    locked(stacks, "one", "image:sandbox/images/mlserver", "127.0.0.1:25000/slipway/mlserver@sha256:" + "1" * 64)
    code, said = run(capsys, "promote", "iris", "--from", "one", "--to", "two")
    assert code == 2
    assert said.count("error:") == 2
    assert "slipway image push sandbox/images/artifact-fetch -s one" in said
    assert not (stacks / "locks" / "two.json").exists()
    code, said = run(capsys, "promote", "iris", "--from", "one", "--to", "three")
    assert (code, said.count("runs it as before")) == (0, 2)
    assert set(lock(stacks, "three")) == {"artifact:iris"}


def test_the_difference_is_shown(stacks, files, gateway, capsys):
    run(capsys, "lock", "iris", "--from", str(files), "-s", "three")
    (old,) = lock(stacks, "three").values()
    (files / "model.bin").write_text("other weights")
    run(capsys, "lock", "iris", "--from", str(files), "-s", "one")
    (new,) = lock(stacks, "one").values()
    code, said = run(capsys, "promote", "iris", "--from", "one", "--to", "three")
    assert code == 0
    assert f"- artifact:iris: {old.immutable}" in said
    assert f"+ artifact:iris: {new.immutable}" in said
    assert "not known whether the store of three has it" in said  # nobody has pushed it to the first


def test_files_that_are_not_what_the_lock_says_go_nowhere(stacks, files, gateway, capsys):
    client, bucket = connect(gateway.store()), bucket_of(stacks, "one")
    pushed = push("iris", files, StoreTarget(gateway.store(), bucket))
    run(capsys, "lock", "iris", "-s", "one")
    key = f"{pushed.prefix}model.bin"
    client.put_object(Bucket=bucket, Key=key, Body=b"changed")
    version = client.head_object(Bucket=bucket, Key=key)["VersionId"]
    document = json.loads(client.get_object(Bucket=bucket, Key=f"{pushed.prefix}artifact.json")["Body"].read())
    document["files"][0]["version_id"] = version
    client.put_object(Bucket=bucket, Key=f"{pushed.prefix}artifact.json", Body=json.dumps(document).encode())
    code, said = run(capsys, "promote", "iris", "--from", "one", "--to", "three")
    assert (code, "and the lock says another" in said) == (2, True)
    assert not (stacks / "locks" / "three.json").exists()
    assert client.list_objects_v2(Bucket=bucket_of(stacks, "three")).get("KeyCount") == 0


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("iris", "--from", "one", "--to", "one"), "it is the stack that is promoted from"),
        (("iris", "--from", "one", "--to", "nope"), "no file stacks/Pulumi.nope.yaml"),
        (("nope", "--from", "one", "--to", "two"), "stack one has no such model"),
        (("iris", "--from", "one", "--to", "three"), "one has no lock of it that three could run"),
    ],
)
def test_what_is_refused(stacks, capsys, words, why):
    code, said = run(capsys, "promote", *words)
    assert (code, why in said) == (2, True), said
    assert not (stacks / "locks").exists()


def test_a_lock_is_written_whole_or_not_at_all(stacks, files, gateway, capsys, monkeypatch):
    """One reference can be resolved, one cannot."""
    push("iris", files, StoreTarget(gateway.store(), bucket_of(stacks, "one")))
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr("huggingface_hub.hf_api.constants.ENDPOINT", "http://127.0.0.1:9")
    code, said = run(capsys, "lock", "-s", "one")
    assert (code, said.count("error:")) == (2, 1)
    assert "hf://meta-llama/Llama-3.1-8B-Instruct:main" in said
    assert not (stacks / "locks").exists()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--from", "PATH"), "--from needs the MODEL"),
        (("iris", "--images", "--from", "PATH"), "--from needs the MODEL"),
        (("nope", "--from", "PATH"), "no such model or artifact"),
        (("house-price", "--from", "PATH"), "it reads no artifact of the store"),
        (("iris", "--from", "nowhere"), "there is no such file or directory"),
        (("nope",), "stack one has no such model"),
    ],
)
def test_what_lock_refuses(stacks, files, capsys, words, why):
    code, said = run(capsys, "lock", *(str(files) if word == "PATH" else word for word in words), "-s", "one")
    assert (code, why in said) == (2, True), said
    assert not (stacks / "locks").exists()
