"""`python -m sandbox.node up|down|status|logs PART|reset`: the sandbox without the rest of Slipway."""

import argparse
import dataclasses
import json
import sys

from catalog.errors import SlipwayError
from catalog.places import state_dir
from sandbox.node import life


def _tell(part: str, text: str, seconds: float) -> None:
    print(f"{part}: {text}" + (f" ({seconds:.1f} s)" if seconds else ""), file=sys.stderr)


def main() -> None:
    """Run one command; exit code 2 with the reason when it cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.node", description=__doc__)
    parser.add_argument("command", choices=("up", "down", "status", "logs", "reset"))
    parser.add_argument("part", nargs="?", default="node", help="for logs: which part's")
    parser.add_argument("--simulation", action="store_true", help="for up: run no containers")
    arguments = parser.parse_args()
    state = state_dir()
    try:
        match arguments.command:
            case "up":
                endpoints = life.up(state, progress=_tell, simulation=arguments.simulation)
                print(json.dumps(dataclasses.asdict(endpoints), indent=1, default=str))
            case "down":
                life.down(state)
            case "reset":
                life.reset(state)
            case "status":
                for part in life.status(state):
                    print(f"{part.name:20} {part.state:15} {part.pid or '':8} {part.since:20} {part.detail}")
            case "logs":
                print(life.logs(state, arguments.part))
    except SlipwayError as error:
        print(error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
