"""The Pulumi program: settings, platform, exports."""

import pulumi

from catalog.errors import SeveralErrors, SlipwayError
from catalog.garbage import collect_rarely


def main() -> None:
    """Registers the stack, or says everything that is wrong with it before the first resource."""
    collect_rarely()
    from stacks import platform, settings  # most of the objects, and of the time

    try:
        outputs = platform.build(settings.load(), pulumi.get_stack(), pulumi.get_project())
    except (SeveralErrors, SlipwayError) as error:
        raise pulumi.RunError(str(error)) from None
    for name, value in outputs.items():
        pulumi.export(name, value)


main()
