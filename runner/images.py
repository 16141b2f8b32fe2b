"""The images of a sandbox stack: built here, in the sandbox's registry, and locked by their digest."""

from collections.abc import Callable

from catalog.places import CLONE
from components.serving.spec import BuiltImage
from delivery import lock as locking
from delivery.resolve import today
from sandbox.images.build import ensure_images
from sandbox.images.image import Image
from sandbox.images.user import build_user_image
from sandbox.node.endpoints import Endpoints
from stacks.built import image_name
from stacks.locks import LockEntry
from stacks.resolution import FETCH_IMAGE, MLSERVER_IMAGE, lock_path, parts
from stacks.settings import Settings

Progress = Callable[[str, str, float], None]

SHIPPED = {FETCH_IMAGE.context: "artifact-fetch", MLSERVER_IMAGE.context: "mlserver"}


def ensure(stack: str, settings: Settings, endpoints: Endpoints, progress: Progress) -> None:
    """Builds what the stack's models run and is not built yet, and locks it; nothing where pods do not run."""
    if not endpoints.real_pods:
        return
    shipped = ensure_images(progress)
    entries: dict[str, LockEntry | None] = {}
    for context, name in SHIPPED.items():
        entries[locking.image_key(context)] = _entry(context, endpoints, shipped[name])
    for context in sorted(_own(settings)):
        built = build_user_image(CLONE / context, image_name(context), endpoints.registry, progress)
        entries[locking.image_key(context)] = _entry(context, endpoints, built)
    locking.update(lock_path(stack, settings), entries)


def _own(settings: Settings) -> set[str]:
    """Folders of this repository whose images the stack's models run, the shipped ones aside."""
    images = {p.image for m in settings.declarations() for p in parts(m, settings.engine_of(m.name))}
    return {i.context for i in images if isinstance(i, BuiltImage) and i.context not in SHIPPED}


def _entry(context: str, endpoints: Endpoints, built: Image) -> LockEntry:
    return LockEntry(
        reference=context,
        immutable=built.reference(endpoints.in_node_registry),
        digest=built.digest,
        date=today(),
    )
