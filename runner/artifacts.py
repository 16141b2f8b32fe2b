"""The artifacts of a stack: pushed by hand, or made from this repository's examples for the sandbox."""

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from catalog.errors import SlipwayError
from catalog.places import CLONE, state_dir
from components.clusters.spec import EksCluster, GkeCluster
from components.serving.engines.servers import SERVERS
from components.serving.spec import ModelDeployment, ModelServer
from components.storage.spec import AwsS3Store, GcsStore, S3Store
from delivery import artifact as delivery
from delivery import gcs
from delivery import lock as locking
from delivery.artifact import Artifact, StoreTarget
from delivery.files import digest, scan
from delivery.gcs import GcsTarget
from delivery.resolve import content, today
from providers.slipway_s3.store import Store
from stacks.connection import sandbox_connection
from stacks.locks import LockEntry
from stacks.resolution import artifact_names, lock_path, read_lock
from stacks.settings import Settings, from_file, stack_file

# As Cloud Storage calls them.
_RETENTION = {"governance": "Unlocked", "compliance": "Locked"}


def push(stack: str, model: str, path: Path, progress: Callable[[int, int], None] | None) -> tuple[Artifact, bool]:
    """Puts an artifact into the stack's store and locks the stack to it.

    Returns:
        The artifact, and whether the lock changed.

    Raises:
        SlipwayError: the stack has no model that reads it, or it cannot be pushed.
    """
    settings = from_file(stack_file(stack))
    readers = {name for m in settings.declarations() for name in artifact_names(m)}
    if model not in readers:
        known = ", ".join(sorted(readers)) or "none"
        raise SlipwayError("MODEL", model, f"no model of stack {stack} reads this artifact", f"give one of: {known}")
    _named_right(settings, model, path)
    pushed = put(model, path, target(settings), progress)
    changed = locking.update(
        lock_path(stack, settings),
        {locking.artifact_key(model): _entry(model, pushed.digest, pushed.prefix, pushed.size)},
    )
    return pushed, changed


def _named_right(settings: Settings, artifact: str, path: Path) -> None:
    """MLServer calls a model as the file beside it says, and asked by another name it would never be ready.

    Raises:
        SlipwayError: the file says another name than a declaration that reads the artifact.
    """
    file = path / "model-settings.json"
    try:
        said = json.loads(file.read_text()).get("name")
    except (OSError, ValueError, AttributeError):  # there is none, or MLServer says what is wrong with it
        return
    for model in settings.declarations():
        if (
            said not in (None, model.name)
            and settings.engine_of(model.name) == "plain"
            and _on_mlserver(model, artifact)
        ):
            why = f"MLServer would call the model so, and is asked for {model.name}: it would never be ready"
            raise SlipwayError(f"{file}: name", str(said), why, f'write "name": "{model.name}", or leave the name out')


def _on_mlserver(model: ModelDeployment, artifact: str) -> bool:
    nodes = [node for _, _, node in model.nodes() if isinstance(node, ModelServer)]
    own = [node for node in nodes if getattr(node.artifact, "name", "") == artifact]
    return any(node.format in SERVERS and SERVERS[node.format].title == "MLServer" for node in own)


def put(
    model: str, path: Path, where: StoreTarget | GcsTarget, progress: Callable[[int, int], None] | None = None
) -> Artifact:
    """Puts an artifact into a store of either kind; errors as of a push."""
    if isinstance(where, GcsTarget):
        return gcs.push(model, path, where, progress)
    return delivery.push(model, path, where, progress)


def target(settings: Settings) -> StoreTarget | GcsTarget:
    """Where the artifacts of a stack go.

    Raises:
        SlipwayError: the sandbox is not up, or the store's key is not given.
    """
    store, cluster = settings.store, settings.cluster
    match store:
        case GcsStore():
            project = store.project or (cluster.project if isinstance(cluster, GkeCluster) else None)
            kept = (_RETENTION[store.retention], store.retention_days) if store.retention_days else None
            return GcsTarget(gcs.connect(project), store.bucket, kept)
        case AwsS3Store():
            region = store.region or (cluster.region if isinstance(cluster, EksCluster) else "")
            return StoreTarget(_from_environment("", region), store.bucket)
        case S3Store() if cluster.kind == "sandbox":
            return StoreTarget(sandbox_store(store.region), store.bucket)
        case S3Store():
            return StoreTarget(_from_environment(store.endpoint or "", store.region), store.bucket)


def sandbox_store(region: str) -> Store:
    """The sandbox's own server.

    Raises:
        SlipwayError: the sandbox is not up.
    """
    sandbox = sandbox_connection()
    return Store(endpoint=sandbox.s3, region=region, access_key=sandbox.access_key, secret_key=sandbox.secret_key)


def _from_environment(endpoint: str, region: str) -> Store:
    """The key that AWS' own tools would take; a push from a pipeline has one."""
    import boto3

    credentials = boto3.Session().get_credentials()
    if credentials is None:
        raise SlipwayError(
            "store", endpoint, "no key to write with was found",
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile",
        )  # fmt: skip
    # Those of a role or of a login come with a token.
    frozen = credentials.get_frozen_credentials()
    return Store(
        endpoint=endpoint,
        region=region,
        access_key=frozen.access_key or "",
        secret_key=frozen.secret_key or "",
        token=frozen.token or "",
    )


def ensure(stack: str, settings: Settings, progress: Callable[[str, str, float], None]) -> None:
    """Makes what the sandbox's models read and its lock does not name, where `examples/<name>/train.py` can.

    It is locked by its content, before it is in the store: a declaration is complete before its bucket exists.
    """
    lock = read_lock(stack, settings)
    for name, folder in _examples(settings).items():
        if locking.artifact_key(name) in lock.entries:
            continue
        if not folder.exists():
            progress("artifact", f"{name}: trained by examples/{name}/train.py", 0.0)
            _train(name, folder)
        locking.update(lock_path(stack, settings), {locking.artifact_key(name): content.resolve(name, folder)})


@contextlib.contextmanager
def pushed_meanwhile(stack: str, settings: Settings) -> Iterator[None]:
    """Pushes the examples' artifacts while the engine runs, as soon as it has made their bucket.

    The engine waits for pods, the pods for their artifacts, and the artifacts for the bucket that the engine makes:
    only side by side do they all come.
    """
    if settings.cluster.kind != "sandbox":
        yield
        return
    stop = threading.Event()
    lock = read_lock(stack, settings)
    waiting = {
        name: folder
        for name, folder in _examples(settings).items()
        if folder.exists() and (entry := lock.entries.get(locking.artifact_key(name))) and _is(folder, entry)
    }
    pusher = threading.Thread(target=_push_when_possible, args=(waiting, target(settings), stop), daemon=True)
    pusher.start()
    try:
        yield
    finally:
        stop.set()
        pusher.join()


def _push_when_possible(waiting: dict[str, Path], where: StoreTarget | GcsTarget, stop: threading.Event) -> None:
    for name, folder in waiting.items():
        while not stop.is_set():
            try:
                put(name, folder, where)
                break
            except SlipwayError:  # no bucket yet; a pod that misses its artifact says so itself
                stop.wait(0.3)


def _is(folder: Path, entry: LockEntry) -> bool:
    return digest(source.file for source in scan(folder)) == entry.digest


def _examples(settings: Settings) -> dict[str, Path]:
    """Artifacts that this repository can make, and where they are made."""
    names = sorted({name for m in settings.declarations() for name in artifact_names(m)})
    return {name: state_dir() / "artifacts" / name for name in names if _trainer(name).is_file()}


def _trainer(name: str) -> Path:
    return CLONE / "examples" / name / "train.py"


def _train(name: str, folder: Path) -> None:
    fresh = folder.with_name(f".{name}.new")
    fresh.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [sys.executable, _trainer(name), fresh], capture_output=True, text=True, cwd=CLONE, check=False
    )
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise SlipwayError(f"examples/{name}/train.py", "", f"it failed: {' '.join(last)}", "run it by hand")
    fresh.replace(folder)


def _entry(name: str, digest: str, prefix: str, size: int) -> LockEntry:
    return LockEntry(
        reference=f"models/{name}/",
        immutable=prefix,
        digest=digest,
        date=today(),
        bytes=size,
    )
