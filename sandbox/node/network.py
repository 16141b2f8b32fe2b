"""Addresses and ports inside the node. They are private to its network namespace, so every clone has the same."""

NODE_NAME = "slipway"
SIMULATED_NODE = "sim-system-0"

NODE_IP = "10.122.0.1"
SERVICES = "10.120.0.0/16"
API_SERVICE_IP = "10.120.0.1"
DNS_IP = "10.120.0.10"
PODS = "10.121.0.0/24"
SIMULATED_PODS = "10.123.0.0/16"
"""Pods that exist only as objects: nothing answers there and no route leads there."""

API_PORT = 26443
S3_PORT = 27070
S3_ADMIN_PORT = 27071
REGISTRY_PORT = 25000
GATEWAY_PORT = 28080

ETCD_PORT = 22379
ETCD_PEER_PORT = 22380
KWOK_PORT = 20247
KUBELET_HEALTH_PORT = 20248
PROXY_METRICS_PORT = 20249
KUBELET_PORT = 20250
PROXY_HEALTH_PORT = 20256
CONTROLLER_MANAGER_PORT = 20257
SCHEDULER_PORT = 20259
ENVOY_ADMIN_PORT = 28081

API = f"https://{NODE_IP}:{API_PORT}"
REGISTRY = f"127.0.0.1:{REGISTRY_PORT}"
"""How image references name the registry: pods are pulled by containerd, which sees the node's loopback."""

SYSTEM_NAMESPACE = "slipway-system"
IN_CLUSTER_S3 = f"http://s3.{SYSTEM_NAMESPACE}.svc.cluster.local:9000"
POOL_LABEL = "slipway.dev/pool"

FORWARDED = {
    "api": f"{NODE_IP}:{API_PORT}",
    "s3": f"127.0.0.1:{S3_PORT}",
    "s3-admin": f"127.0.0.1:{S3_ADMIN_PORT}",
    "registry": f"127.0.0.1:{REGISTRY_PORT}",
    "gateway": f"{NODE_IP}:{GATEWAY_PORT}",
}
"""What the host reaches: name of the forwarded port -> address inside the node."""
