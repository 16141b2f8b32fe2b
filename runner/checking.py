"""What is wrong with a stack, found without engine, cluster or cloud."""

from catalog.errors import SeveralErrors, SlipwayError
from stacks import egress, makeable, sizes, taken
from stacks.locks import LockFile
from stacks.resolution import counted as counted_of
from stacks.resolution import lock_errors, lock_path, read_lock
from stacks.settings import Engine, Settings, from_file, stack_file
from stacks.settings import unknown as unknown_of
from stacks.unverified import unverified


def check(stack: str) -> list[SlipwayError]:
    """Everything that is wrong with a stack's settings, declarations and lock.

    The lock of a sandbox is made by its first `up`; before that there is nothing to check in it.
    """
    try:
        settings = from_file(stack_file(stack))
        if settings.cluster.kind == "sandbox" and not lock_path(stack, settings).exists():
            return list(sizes.errors(settings, LockFile()))
        lock = read_lock(stack, settings)
        return [
            *lock_errors(stack, settings, lock, simulated=False),
            *sizes.errors(settings, lock),
            *egress.errors(settings, lock),
            *makeable.errors(settings),
            *taken.errors(stack, settings),
            *changed(stack, settings, lock),
        ]
    except SeveralErrors as several:
        return several.errors
    except SlipwayError as error:
        return [error]


def changed(stack: str, settings: Settings, lock: LockFile) -> list[SlipwayError]:
    """What its engine does not take of the change from what runs; nothing where the state is not Slipway's own file."""
    engines = {settings.engine_of(model.name) for model in settings.declarations()}
    if settings.workspace == "own" or not (Engine.KSERVE in engines or settings.objects):
        return []
    from runner import changes
    from runner.workspace import latest, state_file

    state = state_file(stack)
    return list(changes.errors(settings, lock, changes.made(latest(state)))) if state.exists() else []


def counted(stack: str) -> list[SlipwayError]:
    """What runs as it is declared, because no lock says it, of a stack in which nothing is wrong."""
    settings = from_file(stack_file(stack))
    return counted_of(stack, settings, read_lock(stack, settings))


def unknown(stack: str) -> list[SlipwayError]:
    """What cannot be known here about a stack in which nothing is wrong."""
    settings = from_file(stack_file(stack))
    return [*unknown_of(settings), *makeable.unpinned(settings), *unverified(settings)]
