"""PID 1 of the node: makes its file system and network, then keeps its daemons running.

Started by `launch`, already inside fresh namespaces. When it ends, the kernel ends everything else in them.
Only the standard library, so that it starts at once.
"""

import argparse
import os
import socket
import subprocess
from pathlib import Path

from sandbox.node import mounts, network
from sandbox.node.layout import Layout
from sandbox.node.plan import Plan
from sandbox.node.supervisor import Supervisor

NETWORK = (
    "link set lo up",
    f"addr add {network.NODE_IP}/32 dev lo",
    # Nothing answers for simulated pods, and their packets must not look for a way out.
    f"route add unreachable {network.SIMULATED_PODS}",
    # Without a route connect() to a Service address fails before kube-proxy's rules can redirect it.
    f"route add {network.SERVICES} dev lo src {network.NODE_IP}",
)

SETTINGS = {
    "ip_forward": 1,
    # What leads nowhere says so at once, however often it is tried; nobody is told of a shorter way.
    "icmp_ratelimit": 0,
    "conf/all/send_redirects": 0,
    "conf/default/send_redirects": 0,
}
"""Of the node's own network namespace."""


def main() -> None:
    """Become the node."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--sockets", default="")
    arguments = parser.parse_args()
    sockets = [int(number) for number in arguments.sockets.split(",") if number]
    for descriptor in sockets:  # only who listens gets them: an open copy would hold the host's port
        os.set_inheritable(descriptor, False)  # noqa: FBT003 - its only form
    plan = Plan.from_json(Layout(arguments.root).plan.read_text())
    mounts.arrange(arguments.root, tuple(map(Path, plan.keep)), real_pods=plan.real_pods)
    os.chdir(plan.cwd)
    socket.sethostname(network.NODE_NAME)
    subprocess.run(["ip", "-batch", "-"], input="\n".join(NETWORK), text=True, check=True)
    if plan.real_pods:
        for setting, value in SETTINGS.items():
            (Path("/proc/sys/net/ipv4") / setting).write_text(f"{value}\n")
    Supervisor(plan, Layout.inside(), sockets).run()
    # A clean return would wait for the probing threads; the kernel ends them with the rest.
    os._exit(0)


if __name__ == "__main__":
    main()
