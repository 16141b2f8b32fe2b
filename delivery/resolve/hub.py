"""A model on the Hugging Face hub, or on a server that speaks its protocol (`HF_ENDPOINT`)."""

from delivery.resolve import denied, listing_digest, missing, not_installed, today, unreachable
from stacks.locks import LockEntry

_SECONDS = 20
_WEIGHTS = ".safetensors"


def resolve(repo: str, revision: str) -> LockEntry:
    """The commit that a branch or a tag means; the digest is of the listing, and the commit already decides all of it.

    Bytes are those of the weights that servers load, `*.safetensors` beside `config.json`, where there are any.

    Raises:
        SlipwayError: the hub cannot be reached, wants a token, or has no such repository or revision.
    """
    reference = f"hf://{repo}:{revision}"
    try:
        import httpx2 as transport
        from huggingface_hub import HfApi, constants
        from huggingface_hub import errors as hub
    except ImportError as error:
        raise not_installed(reference, "huggingface_hub") from error
    where, token = constants.ENDPOINT, f"log in as someone who may read it (HF_TOKEN); ask for access at {repo}"
    try:
        found = HfApi().model_info(repo, revision=revision, files_metadata=True, timeout=_SECONDS)
    except hub.GatedRepoError as error:
        raise denied(reference, where, token) from error
    except hub.RevisionNotFoundError as error:
        raise missing(reference, f"{repo} has no revision {revision}", "give a branch, tag or commit of it") from error
    except hub.RepositoryNotFoundError as error:
        # The hub does not tell strangers whether a private repository is there.
        why = f"{where} has no such repository, or does not show it to you"
        raise missing(reference, why, "correct its name, or set HF_TOKEN") from error
    except (hub.HfHubHTTPError, hub.OfflineModeIsEnabled, transport.HTTPError, OSError) as error:
        raise unreachable(reference, where, error) from error
    rows = [
        (file.rfilename, file.size or 0, file.lfs.sha256 if file.lfs else str(file.blob_id))
        for file in found.siblings or ()
    ]
    weights = [size for path, size, _ in rows if path.endswith(_WEIGHTS) and "/" not in path]
    return LockEntry(
        reference=reference,
        immutable=f"hf://{repo}:{found.sha}",
        digest=listing_digest(rows),
        date=today(),
        bytes=sum(weights or [size for _, size, _ in rows]),
    )
