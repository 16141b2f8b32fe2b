"""A model's identity in the toy cloud."""

import pulumi

from components.contracts import ReaderHandle
from components.identity.reader import ModelReaderArgs, prefixes


class ToyModelReader(pulumi.ComponentResource):
    """A reader of one model's artifacts, named on its service account."""

    handle: ReaderHandle

    def __init__(self, name: str, args: ModelReaderArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:identity:ToyModelReader", name, None, opts)
        made = pulumi.CustomResource(
            "toy:identity:Reader",
            name,
            {"bucket": args.bucket, "prefixes": prefixes(args.artifacts)},
            pulumi.ResourceOptions(parent=self),
        )
        self.handle = ReaderHandle(kind="identity", annotations={"toy.example/reader": made.id}, made=[made])
        self.register_outputs({})
