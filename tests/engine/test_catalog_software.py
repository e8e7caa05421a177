"""The catalog's redis, trainingwheels and HAProxy on a real node, as the lessons use them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.support.engine import output_of
from tests.support.scripts import UNTIL

if TYPE_CHECKING:
    from app.sandboxes.docker_engine import DockerEngine

pytestmark = pytest.mark.anyio
HAPROXY_CFG = """
defaults
  mode http
  timeout connect 2s
  timeout client 1m
  timeout server 1m
resolvers docker
  nameserver dns 127.0.0.11:53
  hold valid 1s
listen api
  bind :80
  balance roundrobin
  server-template w 2 worker:9200 check inter 200ms resolvers docker init-addr none
"""


async def test_redis_counts_also_for_another_container(engine: DockerEngine, clean: str) -> None:
    script = f"""{UNTIL}
        docker network create dev >/dev/null
        docker run -d --net dev --name store redis >/dev/null 2>&1
        until_says PONG docker exec store redis-cli PING
        docker run --rm --net dev redis redis-cli -h store INCR hits
        docker run --rm --net dev redis redis-cli -h store INCR hits
    """
    assert (await output_of(engine, clean, script)).split() == ["PONG", "1", "2"]


async def test_redis_takes_the_options_of_the_notes(engine: DockerEngine, clean: str) -> None:
    script = f"""{UNTIL}
        docker run -d --name store redis redis-server --requirepass s3cret >/dev/null 2>&1
        until_says NOAUTH docker exec store redis-cli GET hits
    """
    assert "Authentication required" in await output_of(engine, clean, script)


async def test_trainingwheels_counts_as_soon_as_there_is_a_redis(
    engine: DockerEngine, clean: str
) -> None:
    script = f"""{UNTIL}
        docker network create dev >/dev/null
        docker run -d --net dev --name www --hostname front -p 8000:5000 \\
            jpetazzo/trainingwheels >/dev/null 2>&1
        page() {{ curl -s -w '%{{http_code}}\\n' 127.0.0.1:8000; }}
        until_says 'does not resolve' page
        docker run -d --net dev --name store --network-alias redis redis >/dev/null 2>&1
        until_says hits: page
        page
        docker network disconnect dev store
        page
    """
    lines = (await output_of(engine, clean, script)).splitlines()
    alone, alone_code, *counts, gone, gone_code = lines
    assert alone.startswith('redis unreachable: the name "redis" does not resolve')
    assert counts == ["hits: 1 served-by: front", "200", "hits: 2 served-by: front", "200"]
    assert gone.startswith("redis unreachable")
    assert (alone_code, gone_code) == ("500", "500")


async def test_trainingwheels_tells_a_refusal_from_a_missing_name(
    engine: DockerEngine, clean: str
) -> None:
    script = f"""{UNTIL}
        docker network create dev >/dev/null
        docker run -d --net dev --name redis alpine sleep 600 >/dev/null 2>&1
        docker run -d --net dev -p 8000:5000 jpetazzo/trainingwheels >/dev/null 2>&1
        until_says unreachable curl -s 127.0.0.1:8000
    """
    assert "port 6379: Connection refused" in await output_of(engine, clean, script)


async def test_trainingwheels_asks_every_redis_of_that_name(
    engine: DockerEngine, clean: str
) -> None:
    script = f"""{UNTIL}
        docker network create dev >/dev/null
        for store in one two; do
            docker run -d --net dev --name $store --network-alias redis redis >/dev/null 2>&1
        done
        docker run -d --net dev -p 8000:5000 jpetazzo/trainingwheels >/dev/null 2>&1
        until_says hits: curl -s 127.0.0.1:8000 >/dev/null
        for hit in $(seq 40); do curl -s 127.0.0.1:8000 >/dev/null; done
        for store in one two; do docker exec $store redis-cli GET hits; done
    """
    one, two = map(int, (await output_of(engine, clean, script)).split())
    assert one > 0
    assert two > 0
    assert one + two == 41


async def test_trainingwheels_does_not_wait_for_a_silent_redis(
    engine: DockerEngine, clean: str
) -> None:
    script = f"""{UNTIL}
        docker network create dev >/dev/null
        docker run -d --net dev --name redis alpine nc -lk -p 6379 -e sleep 600 >/dev/null 2>&1
        docker run -d --net dev -p 8000:5000 jpetazzo/trainingwheels >/dev/null 2>&1
        until_says 'in time' curl -s -m 5 127.0.0.1:8000
    """
    assert "port 6379: no answer in time" in await output_of(engine, clean, script)


async def test_trainingwheels_passes_on_what_redis_complains_about(
    engine: DockerEngine, clean: str
) -> None:
    script = f"""{UNTIL}
        docker network create dev >/dev/null
        docker run -d --net dev --name redis redis --requirepass s3cret >/dev/null 2>&1
        docker run -d --net dev -p 8000:5000 jpetazzo/trainingwheels >/dev/null 2>&1
        until_says NOAUTH curl -s 127.0.0.1:8000
    """
    assert "Authentication required" in await output_of(engine, clean, script)


async def test_haproxy_balances_with_a_mounted_configuration(
    engine: DockerEngine, clean: str
) -> None:
    script = f"""{UNTIL}
        cd /root; cat >haproxy.cfg <<END
{HAPROXY_CFG}END
        docker network create dev >/dev/null
        for name in one two; do
            docker run -d --net dev --name $name --hostname $name --network-alias worker \\
                elasticsearch:2 >/dev/null 2>&1
        done
        docker run -d --net dev --name amb -p 8001:80 \\
            -v $PWD/haproxy.cfg:/usr/local/etc/haproxy/haproxy.cfg:ro haproxy >/dev/null 2>&1
        until_says node-one curl -s 127.0.0.1:8001 >/dev/null
        until_says node-two curl -s 127.0.0.1:8001 >/dev/null
        for hit in 1 2 3 4; do curl -s 127.0.0.1:8001 | grep '"name"'; done
    """
    said = await output_of(engine, clean, script)
    assert re.findall(r"node-(\w+)", said) in (["one", "two"] * 2, ["two", "one"] * 2)


async def test_haproxy_reads_its_configuration_anew_upon_a_signal(
    engine: DockerEngine, clean: str
) -> None:
    script = f"""{UNTIL}
        mkdir /root/amb; cd /root/amb
        answer() {{
            printf 'frontend www\\n mode http\\n timeout client 1m\\n bind :80\\n' >haproxy.cfg
            echo " http-request return status 200 content-type text/plain string $1" >>haproxy.cfg
        }}
        answer old
        docker run -d --name amb -p 8001:80 -v /root/amb:/etc/haproxy:ro haproxy \\
            haproxy -W -db -f /etc/haproxy/haproxy.cfg >/dev/null 2>&1
        until_says old curl -s 127.0.0.1:8001
        answer new
        docker kill -s USR2 amb >/dev/null
        until_says new curl -s 127.0.0.1:8001
        docker stop amb >/dev/null; docker inspect -f '{{{{.State.ExitCode}}}}' amb
    """
    said = (await output_of(engine, clean, script)).split()
    assert said[:2] == ["old", "new"]
    assert said[2] != "137"
