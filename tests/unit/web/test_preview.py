"""A student's published pages: everything HTTP can, and never in the student's own name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from app.previews.previews import CONNECTIONS_PER_STUDENT
from tests.support.published import PIECE, PIECES, LoopbackEngine, published
from tests.support.site import Site, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.site import Student


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with published() as port:
        yield port


@pytest.fixture(scope="module")
def loopback(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with serving(tmp_path_factory.mktemp("previews"), LoopbackEngine()) as site:
        yield site


@pytest.fixture(scope="module")
def author(loopback: Site) -> Student:
    return loopback.student().start()


@pytest.fixture(scope="module")
def base(author: Student, port: int) -> str:
    """The address that the page of the lesson leads to, with its pass."""
    answer = author.http.get(f"/preview/node1/{port}/")
    assert answer.status_code == 307
    return author.site.url + answer.headers["location"].rstrip("/")


@pytest.fixture
def browser() -> Iterator[httpx.Client]:
    """It sends no cookie, as a page of an opaque origin's doesn't."""
    with httpx.Client(timeout=20) as client:
        yield client


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "PROPFIND"])
def test_any_method_and_path_arrives_as_it_is(
    browser: httpx.Client, base: str, method: str
) -> None:
    answer = browser.request(method, f"{base}/a%20b/%2e%2e/c?d=%26&e").json()
    assert (answer["method"], answer["path"]) == (method, "/a%20b/%2e%2e/c")
    assert answer["query"] == "d=%26&e"


def test_the_program_sees_its_own_name_and_no_cookie(
    browser: httpx.Client, base: str, port: int
) -> None:
    headers = {"Cookie": "slipway_session=secret", "Referer": base, "X-Mine": "kept"}
    seen = browser.get(base + "/", headers=headers).json()["headers"]
    assert seen["host"] == f"node1:{port}"
    assert seen["x-mine"] == "kept"
    assert not {"cookie", "referer"} & set(seen)


@pytest.mark.parametrize("chunked", [True, False])
def test_a_large_body_goes_up(browser: httpx.Client, base: str, *, chunked: bool) -> None:
    body = (PIECE for _ in range(PIECES))
    length = {} if chunked else {"Content-Length": str(len(PIECE) * PIECES)}
    answer = browser.post(f"{base}/count", content=body, headers=length)
    assert answer.json() == {"length": len(PIECE) * PIECES}


def test_a_large_body_comes_down(browser: httpx.Client, base: str) -> None:
    assert browser.get(f"{base}/big").content == PIECE * PIECES


def test_an_event_arrives_while_the_next_one_is_waited_for(
    browser: httpx.Client, base: str
) -> None:
    with browser.stream("GET", f"{base}/drip") as answer:
        assert next(answer.iter_bytes()) == b"data: first\n\n"


def test_its_pages_have_an_opaque_origin_and_decide_nothing_for_the_site(
    browser: httpx.Client, base: str
) -> None:
    answer = browser.get(f"{base}/steal")
    policies = answer.headers.get_list("content-security-policy")
    ours = next(policy for policy in policies if policy.startswith("sandbox "))
    assert "allow-same-origin" not in ours
    assert not {"set-cookie", "clear-site-data", "service-worker-allowed"} & set(answer.headers)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    ("to", "ends"),
    [
        ("/there?x=1", "/there?x=1"),
        ("there", "there"),
        ("http://node1:8080/there", "/there"),
        ("http://localhost/there", "/there"),
    ],
)
def test_a_redirect_stays_inside(browser: httpx.Client, base: str, to: str, ends: str) -> None:
    answer = browser.get(f"{base}/move", params={"to": to})
    assert answer.status_code == 302
    location = str(httpx.URL(base + "/move").join(answer.headers["location"]))
    assert location == base + "/" + ends.lstrip("/")


def test_a_redirect_to_somewhere_else_is_left_alone(browser: httpx.Client, base: str) -> None:
    answer = browser.get(f"{base}/move", params={"to": "https://docs.docker.com/"})
    assert answer.headers["location"] == "https://docs.docker.com/"


def test_websockets_carry_text_and_bytes(base: str) -> None:
    address = base.replace("http", "ws", 1) + "/echo"
    with connect(address, subprotocols=[Subprotocol("chat")], origin=Origin("null")) as socket:
        assert socket.subprotocol == "chat"
        assert socket.recv() == '{"origin": null}'
        for said in ("text", b"\x00bytes\xff", "", b"", "x" * 100_000):
            socket.send(said)
            assert socket.recv() == said


def test_where_nobody_listens_a_page_says_what_to_look_at(author: Student) -> None:
    signed = author.http.get("/preview/node1/1/").headers["location"]
    answer = author.http.get(signed)
    assert answer.status_code == 502
    assert "Nothing speaks HTTP on port 1 of node1." in answer.text
    assert "sandbox" not in answer.headers["content-security-policy"]


def test_who_has_no_cookie_gets_no_pass(browser: httpx.Client, loopback: Site, port: int) -> None:
    assert browser.get(f"{loopback.url}/preview/node1/{port}/").status_code == 403


def test_a_forged_pass_opens_nothing(browser: httpx.Client, base: str, author: Student) -> None:
    other = author.id[:-1] + ("0" if author.id[-1] != "0" else "1")
    forged = base.replace(author.id, other)
    assert browser.get(forged + "/").status_code == 403
    with pytest.raises(InvalidStatus) as refused:
        connect(forged.replace("http", "ws", 1) + "/echo")
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("place", ["node4/80/", "node1/0/", "node1/65536/", "node1/", "x", ""])
def test_an_address_that_names_no_port_is_a_page_that_says_so(author: Student, place: str) -> None:
    answer = author.http.get(f"/preview/{place}")
    assert answer.status_code == 404
    assert "/preview/node1/8080/" in answer.text


def test_the_site_trusts_no_request_of_such_a_page(author: Student) -> None:
    answer = author.http.post("/api/sandbox", headers={"Origin": "null"})
    assert answer.status_code == 403


def test_connections_are_used_again(browser: httpx.Client, base: str, loopback: Site) -> None:
    engine = loopback.engine
    assert isinstance(engine, LoopbackEngine)
    browser.get(base + "/")
    before = engine.started
    for _ in range(5):
        browser.get(base + "/")
    assert engine.started == before


def test_requests_under_way_are_bounded_for_each_student(loopback: Site, port: int) -> None:
    greedy = loopback.student().start()
    base = loopback.url + greedy.http.get(f"/preview/node1/{port}/").headers["location"]
    limits = httpx.Limits(max_connections=None)
    with httpx.Client(limits=limits) as browser:
        waiting = [browser.stream("GET", base + "drip") for _ in range(CONNECTIONS_PER_STUDENT)]
        for answer in waiting:
            assert answer.__enter__().status_code == 200
        assert browser.get(base).status_code == 429
        for answer in waiting:
            answer.__exit__(None, None, None)
