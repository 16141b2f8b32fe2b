"""Asks Envoy's admin interface what Envoy has taken."""

import re

import urllib3

_STATS = {"cds.json": "cluster_manager.cds.version_text", "rds.json": "http.models.rds.models.version_text"}
_LINE = re.compile(r'^(\S+): "?([^"\n]*)"?$', re.MULTILINE)


class Admin:
    """Envoy's admin interface at `IP:PORT`."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._pool = urllib3.HTTPConnectionPool(host, int(port), maxsize=1, retries=False, timeout=1.0)

    def applied(self, file: str, version: str) -> bool:
        """Whether Envoy works with that version of the file; true while it is down: it reads all when it starts."""
        try:
            stats = self._stats()
        except urllib3.exceptions.HTTPError:
            return True
        return stats.get(_STATS[file]) == version and stats.get("cluster_manager.warming_clusters") == "0"

    def _stats(self) -> dict[str, str]:
        wanted = "|".join((*_STATS.values(), "cluster_manager.warming_clusters"))
        answer = self._pool.request("GET", f"/stats?filter=^({wanted})$")
        return dict(_LINE.findall(answer.data.decode()))
