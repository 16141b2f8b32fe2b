"""How long a model takes from nothing to its first answer, and what its first step needs; every figure is stated."""

from dataclasses import dataclass

MIB = 2**20
# Failure row: a deadline of at least the model's bytes at 100 MB/s and a quarter of an hour.
BYTES_PER_SECOND = 100_000_000
# A node of an autoscaled pool, from the wish to `Ready`; clouds promise nothing, so it is generous.
NODE_SECONDS = 600
MARGIN_SECONDS = 300
# A container of a model server of unknown size; vLLM's and Triton's images are above 10 GB.
IMAGE_BYTES = {"accelerated": 12_000_000_000, "plain": 1_500_000_000}


@dataclass(frozen=True, kw_only=True, slots=True)
class Startup:
    """Times in whole seconds.

    Attributes:
        ready: from the container's start until it must answer.
        deadline: of a rollout, from the wish until it has failed.
        downtime: without an answer where the old replica goes first.
        assumed: what was taken for granted, a sentence each.
    """

    ready: int
    deadline: int
    downtime: int
    assumed: tuple[str, ...]


def startup(artifact_bytes: int | None, *, accelerated: bool, autoscaled: bool) -> Startup:
    """The times of a model.

    Args:
        artifact_bytes: of its files; None: not known.
        accelerated: it runs on accelerators, so that its image is a large one.
        autoscaled: its node may have to be made first.
    """
    assumed = [f"{BYTES_PER_SECOND // 1_000_000} MB/s from the store and the registry"]
    files = artifact_bytes
    if files is None:
        files = 20_000_000_000 if accelerated else 200_000_000
        assumed.append(f"an artifact of {files / 1e9:g} GB")
    image = IMAGE_BYTES["accelerated" if accelerated else "plain"]
    assumed.append(f"an image of {image / 1e9:g} GB")
    transfer = -(-files // BYTES_PER_SECOND)
    pull = -(-image // BYTES_PER_SECOND)
    # Files are read into memory about as fast as they came.
    ready = max(60, 2 * transfer + 60)
    node = NODE_SECONDS if autoscaled else 0
    if node:
        assumed.append(f"{NODE_SECONDS} s until a new node is ready")
    return Startup(
        ready=ready,
        deadline=max(600, node + pull + transfer + ready + MARGIN_SECONDS),
        downtime=transfer + ready,
        assumed=tuple(assumed),
    )


def initializer_memory_mib(artifact_bytes: int | None) -> int:
    """Memory for an engine's own downloader, in MiB: its default of 1 GiB, and a twentieth of what it writes.

    Written pages count as the container's until they are on the disk.
    """
    return 1024 + (artifact_bytes or 0) // 20 // MIB
