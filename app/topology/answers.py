"""What the picture needs of the Docker API's answers; whatever does not fit is refused.

The engine that answers is the student's, who may put anything in its place.
Source: Docker Engine API 1.44.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, model_validator

MAX_TEXT_CHARACTERS = 128
MAX_ALIASES = 8
MAX_ENDPOINTS = 16
MAX_PORTS = 16
MAX_SUBNETS = 4


def clip(text: object) -> object:
    """Of a sane length, and nothing in it that acts: no controls, no change of direction."""
    return printable(text, MAX_TEXT_CHARACTERS) if isinstance(text, str) else text


def printable(text: str, most: int) -> str:
    """The same with another bound."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text[:most])


Text = Annotated[str, BeforeValidator(clip)]
Number = Annotated[int, Field(ge=0, lt=2**63)]


class Answer(BaseModel):
    """Go writes an empty list as null, which is taken as absent."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _without_null(cls, said: object) -> object:
        if not isinstance(said, dict):
            return said
        return {key: value for key, value in said.items() if value is not None}


class Version(Answer):
    version: Text = Field("", alias="Version")


class Info(Answer):
    containers: Number = Field(0, alias="Containers")


class Pool(Answer):
    subnet: Text = Field("", alias="Subnet")
    gateway: Text = Field("", alias="Gateway")


class Addressing(Answer):
    pools: list[Pool] = Field([], alias="Config")


class NetworkAnswer(Answer):
    id: Text = Field(alias="Id")
    name: Text = Field("", alias="Name")
    created: Text = Field("", alias="Created")
    driver: Text = Field("", alias="Driver")
    scope: Text = Field("", alias="Scope")
    internal: bool = Field(default=False, alias="Internal")
    attachable: bool = Field(default=False, alias="Attachable")
    ingress: bool = Field(default=False, alias="Ingress")
    addressing: Addressing = Field(Addressing(), alias="IPAM")


class EndpointAnswer(Answer):
    network: Text = Field("", alias="NetworkID")
    endpoint: Text = Field("", alias="EndpointID")
    ipv4: Text = Field("", alias="IPAddress")
    ipv6: Text = Field("", alias="GlobalIPv6Address")
    mac: Text = Field("", alias="MacAddress")
    gateway: Text = Field("", alias="Gateway")
    aliases: list[Text] = Field([], alias="Aliases")
    options: dict[Text, Text] = Field({}, alias="DriverOpts")


class Places(Answer):
    """Where a container is: the same in the list of all and in the answer about one."""

    networks: dict[Text, EndpointAnswer] = Field({}, alias="Networks")


class HostConfig(Answer):
    network_mode: Text = Field("", alias="NetworkMode")


class PortAnswer(Answer):
    host_ip: Text = Field("", alias="IP")
    host_port: Number = Field(0, alias="PublicPort")
    container_port: Number = Field(0, alias="PrivatePort")
    protocol: Text = Field("tcp", alias="Type")


class ContainerAnswer(Answer):
    """A row of the list."""

    id: Text = Field(alias="Id")
    names: list[Text] = Field([], alias="Names")
    image: Text = Field("", alias="Image")
    created: Number = Field(0, alias="Created")
    state: Text = Field("", alias="State")
    ports: list[PortAnswer] = Field([], alias="Ports")
    labels: dict[str, Any] = Field({}, alias="Labels")
    host: HostConfig = Field(HostConfig(), alias="HostConfig")
    places: Places = Field(Places(), alias="NetworkSettings")


class Details(Answer):
    """What only the answer about one container has: its aliases."""

    places: Places = Field(Places(), alias="NetworkSettings")


class Target(Answer):
    target: Text = Field("", alias="Target")


class ContainerSpec(Answer):
    image: Text = Field("", alias="Image")


class TaskTemplate(Answer):
    container: ContainerSpec = Field(ContainerSpec(), alias="ContainerSpec")
    networks: list[Target] = Field([], alias="Networks")


class Replicated(Answer):
    replicas: Number = Field(0, alias="Replicas")


class Mode(Answer):
    replicated: Replicated | None = Field(None, alias="Replicated")


class ServiceSpec(Answer):
    name: Text = Field("", alias="Name")
    mode: Mode = Field(Mode(), alias="Mode")
    template: TaskTemplate = Field(TaskTemplate(), alias="TaskTemplate")


class ServicePort(Answer):
    published: Number = Field(0, alias="PublishedPort")
    target: Number = Field(0, alias="TargetPort")
    protocol: Text = Field("tcp", alias="Protocol")


class ServiceEndpoint(Answer):
    ports: list[ServicePort] = Field([], alias="Ports")


class ServiceAnswer(Answer):
    id: Text = Field(alias="ID")
    created: Text = Field("", alias="CreatedAt")
    spec: ServiceSpec = Field(ServiceSpec(), alias="Spec")
    endpoint: ServiceEndpoint = Field(ServiceEndpoint(), alias="Endpoint")


class ContainerStatus(Answer):
    container: Text = Field("", alias="ContainerID")


class TaskStatus(Answer):
    state: Text = Field("", alias="State")
    error: Text = Field("", alias="Err")
    container: ContainerStatus = Field(ContainerStatus(), alias="ContainerStatus")


class TaskAnswer(Answer):
    id: Text = Field(alias="ID")
    service: Text = Field("", alias="ServiceID")
    slot: Number = Field(0, alias="Slot")
    node: Text = Field("", alias="NodeID")
    desired: Text = Field("", alias="DesiredState")
    status: TaskStatus = Field(TaskStatus(), alias="Status")


class Description(Answer):
    hostname: Text = Field("", alias="Hostname")


class MemberAnswer(Answer):
    """A machine of the Swarm."""

    id: Text = Field(alias="ID")
    description: Description = Field(Description(), alias="Description")


NETWORKS = TypeAdapter(list[NetworkAnswer])
CONTAINERS = TypeAdapter(list[ContainerAnswer])
SERVICES = TypeAdapter(list[ServiceAnswer])
TASKS = TypeAdapter(list[TaskAnswer])
MEMBERS = TypeAdapter(list[MemberAnswer])
VERSION = TypeAdapter(Version)
INFO = TypeAdapter(Info)
DETAILS = TypeAdapter(Details)
