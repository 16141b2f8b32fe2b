"""The network of an EKS cluster: subnets by the planner, ways out, endpoints of AWS' own services, flow logs.

Sources (read 2026-11): what a cluster without the internet needs,
https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html; prefixes for pods and why they are reserved,
https://docs.aws.amazon.com/eks/latest/best-practices/prefix-mode-linux.html.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from catalog.network import EksPlan
from components.aws.place import Place
from components.clusters.eks.flow_logs import FlowLogs, FlowLogsArgs
from components.clusters.spec import EksCluster

_ANYWHERE = "0.0.0.0/0"
# Images and the tokens of pods, without the detour and the price of the NAT gateways.
_ALWAYS = ("ecr.api", "ecr.dkr", "sts")
# What nodes, the VPC CNI, the EBS driver, Pod Identity and the autoscaler ask, where there is no other way.
_ALONE = ("autoscaling", "ec2", "eks", "eks-auth", "elasticloadbalancing", "logs")
_TUNNEL = ("ssm", "ssmmessages")


def interface_endpoints(spec: EksCluster) -> tuple[str, ...]:
    """The services of AWS that are reached inside the network, besides S3."""
    alone = (*_ALONE, *(_TUNNEL if spec.api_access == "tunnel" else ())) if spec.network.egress == "none" else ()
    return tuple(sorted((*_ALWAYS, *alone)))


@dataclass(frozen=True, kw_only=True, slots=True)
class EksNetworkArgs:
    """A network as the planner divides it.

    Attributes:
        cluster: the cluster's name, by which it finds its subnets.
        key: ARN of the key that encrypts the flow logs.
    """

    place: Place
    cluster: str
    spec: EksCluster
    plan: EksPlan
    key: pulumi.Input[str]


class EksNetwork(pulumi.ComponentResource):
    """A VPC with private subnets for nodes and the control plane. Its addresses never depend on the pools.

    Attributes:
        vpc_id: of the VPC.
        private: subnets of nodes and pods, by zone.
        control: subnets of the control plane's interfaces, by zone.
        ways: without them no node reaches anything; nodes wait for them, and go before them.
    """

    vpc_id: pulumi.Output[str]
    private: Mapping[str, pulumi.Output[str]]
    control: Mapping[str, pulumi.Output[str]]
    ways: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, args: EksNetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:clusters:EksNetwork", name, None, opts)
        self._name, self._child = name, pulumi.ResourceOptions(parent=self)
        vpc = aws.ec2.Vpc(
            name,
            cidr_block=args.spec.cidr,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags={"Name": args.cluster},
            opts=self._child,
        )
        self.vpc_id = vpc.id
        # Whatever names no security group gets this one, which lets nothing through.
        aws.ec2.DefaultSecurityGroup(f"{name}-default", vpc_id=vpc.id, ingress=[], egress=[], opts=self._child)
        internal = {"kubernetes.io/role/internal-elb": "1", "karpenter.sh/discovery": args.cluster}
        private = self._subnets("private", args.plan.private, internal)
        self.private = {zone: subnet.id for zone, subnet in private.items()}
        self.control = {zone: subnet.id for zone, subnet in self._subnets("control", args.plan.control, {}).items()}
        reserved = [
            aws.ec2.SubnetCidrReservation(
                f"{name}-pods-{zone}-{at}",
                subnet_id=private[zone].id,
                cidr_block=str(block),
                reservation_type="prefix",
                opts=self._child,
            )
            for zone, blocks in args.plan.blocks.items()
            for at, block in enumerate(blocks)
        ]
        tables = {zone: self._table(zone, subnet) for zone, subnet in private.items()}
        routes = self._out(args, tables) if args.spec.network.egress == "nat" else []
        endpoints = self._endpoints(args, tables)
        FlowLogs(
            f"{name}-flow",
            FlowLogsArgs(place=args.place, cluster=args.cluster, vpc_id=vpc.id, days=args.spec.logs_days, key=args.key),
            self._child,
        )
        self.ways = (*reserved, *routes, *endpoints)
        self.register_outputs({"vpcId": vpc.id})

    def _subnets(
        self, use: str, parts: Mapping[str, IPv4Network], tags: Mapping[str, str]
    ) -> dict[str, aws.ec2.Subnet]:
        return {
            zone: aws.ec2.Subnet(
                f"{self._name}-{use}-{zone}",
                vpc_id=self.vpc_id,
                cidr_block=str(part),
                availability_zone=zone,
                map_public_ip_on_launch=False,
                tags={"Name": f"{use}-{zone}", **tags},
                opts=self._child,
            )
            for zone, part in parts.items()
        }

    def _table(self, zone: str, subnet: aws.ec2.Subnet, use: str = "private") -> aws.ec2.RouteTable:
        name = f"{self._name}-{use}-{zone}"
        table = aws.ec2.RouteTable(name, vpc_id=self.vpc_id, tags={"Name": f"{use}-{zone}"}, opts=self._child)
        aws.ec2.RouteTableAssociation(name, subnet_id=subnet.id, route_table_id=table.id, opts=self._child)
        return table

    def _out(self, args: EksNetworkArgs, tables: Mapping[str, aws.ec2.RouteTable]) -> list[pulumi.Resource]:
        """The way to the internet: a NAT gateway a zone, so that no zone needs another."""
        gateway = aws.ec2.InternetGateway(self._name, vpc_id=self.vpc_id, opts=self._child)
        found: list[pulumi.Resource] = []
        for zone, subnet in self._subnets("public", args.plan.public, {"kubernetes.io/role/elb": "1"}).items():
            name = f"{self._name}-{zone}"
            public = aws.ec2.Route(
                f"{name}-public",
                route_table_id=self._table(zone, subnet, "public").id,
                destination_cidr_block=_ANYWHERE,
                gateway_id=gateway.id,
                opts=self._child,
            )
            address = aws.ec2.Eip(name, domain="vpc", opts=self._child)
            nat = aws.ec2.NatGateway(
                name,
                allocation_id=address.id,
                subnet_id=subnet.id,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[public]),
            )
            found.append(
                aws.ec2.Route(
                    name,
                    route_table_id=tables[zone].id,
                    destination_cidr_block=_ANYWHERE,
                    nat_gateway_id=nat.id,
                    opts=self._child,
                )
            )
        return found

    def _endpoints(self, args: EksNetworkArgs, tables: Mapping[str, aws.ec2.RouteTable]) -> list[pulumi.Resource]:
        """The ways to AWS' own services that leave the network nowhere."""
        group = aws.ec2.SecurityGroup(
            f"{self._name}-endpoints",
            name=f"{args.cluster}-endpoints",
            vpc_id=self.vpc_id,
            description="Endpoints of AWS services",
            opts=self._child,
        )
        inside = aws.vpc.SecurityGroupIngressRule(
            f"{self._name}-endpoints",
            security_group_id=group.id,
            cidr_ipv4=args.spec.cidr,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            opts=self._child,
        )
        s3 = aws.ec2.VpcEndpoint(
            f"{self._name}-s3",
            vpc_id=self.vpc_id,
            service_name=f"com.amazonaws.{args.place.region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=[table.id for table in tables.values()],
            opts=self._child,
        )
        others = [
            aws.ec2.VpcEndpoint(
                f"{self._name}-{service}",
                vpc_id=self.vpc_id,
                service_name=f"com.amazonaws.{args.place.region}.{service}",
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=list(self.private.values()),
                security_group_ids=[group.id],
                opts=self._child,
            )
            for service in interface_endpoints(args.spec)
        ]
        return [s3, inside, *others]
