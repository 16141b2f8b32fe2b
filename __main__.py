"""The Pulumi program: settings, platform, exports."""

import pulumi

from catalog.errors import SeveralErrors, SlipwayError
from stacks import platform, settings


def main() -> None:
    """Registers the stack, or says everything that is wrong with it before the first resource."""
    try:
        outputs = platform.build(settings.load(), pulumi.get_stack(), pulumi.get_project())
    except (SeveralErrors, SlipwayError) as error:
        raise pulumi.RunError(str(error)) from None
    for name, value in outputs.items():
        pulumi.export(name, value)


main()
