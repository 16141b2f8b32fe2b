"""`python -m sandbox.gateway`: the controller beside Envoy, until it is told to stop."""

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path

from sandbox.gateway.admin import Admin
from sandbox.gateway.api import Api
from sandbox.gateway.bootstrap import prepare
from sandbox.gateway.controller import Controller
from sandbox.gateway.xds import Files


def main(arguments: list[str]) -> None:
    """Runs until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.gateway", description=__doc__)
    parser.add_argument("--kubeconfig", type=Path, required=True)
    parser.add_argument("--xds-dir", type=Path, required=True, help="the directory that Envoy watches")
    parser.add_argument("--listen", required=True, metavar="IP:PORT", help="where Envoy takes requests")
    parser.add_argument("--admin", required=True, metavar="IP:PORT", help="where Envoy's admin interface is")
    options = parser.parse_args(arguments)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")

    if not (options.xds_dir / "bootstrap.json").exists():
        prepare(options.xds_dir, listen=options.listen, admin=options.admin)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    files = Files(options.xds_dir, Admin(options.admin).applied)
    controller = Controller(Api(options.kubeconfig), files, options.listen.rpartition(":")[0])
    controller.start()
    stop.wait()
    controller.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
