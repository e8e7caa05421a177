"""An audit says what is known, and never takes silence for good news."""

from __future__ import annotations

import json

import pytest

from supply.audit import Answer, read_npm_audit, read_pip_audit, report

FINE, FLAWED, SILENT = Answer("a"), Answer("b", flaws=("x 1: bad",)), Answer("c", unasked="404")


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ([FINE], 0),
        ([FINE, Answer("d", notes=("x 1 in our images, 2 in sid",))], 0),
        ([FINE, SILENT], 3),
        ([FINE, FLAWED], 1),
        ([SILENT, FLAWED, FINE], 1),
    ],
)
def test_the_status_tells_flaws_from_silence(answers: list[Answer], status: int) -> None:
    assert report(answers) == status


def test_the_report_names_what_is_known_and_who_was_silent(
    capsys: pytest.CaptureFixture[str],
) -> None:
    report([FINE, FLAWED, SILENT])
    said = capsys.readouterr().out
    assert said == "a: nothing known\nb: flaws are known\n  x 1: bad\nc: NOT ASKED: 404\n"


def test_packages_that_pip_audit_skipped_were_not_asked_about() -> None:
    rows = [
        {"name": "one", "version": "1", "vulns": []},
        {"name": "two", "version": "2", "skip_reason": "Dependency not found on PyPI"},
    ]
    answer = read_pip_audit(json.dumps({"dependencies": rows}))
    assert answer.unasked == "of 1 of 2 packages nobody answered"
    assert answer.flaws == ()


def test_what_pip_audit_knows_is_told_with_the_cure() -> None:
    flaw = {"id": "PYSEC-1", "fix_versions": ["1.1", "2.0"]}
    rows = [{"name": "one", "version": "1", "vulns": [flaw, {"id": "B", "fix_versions": []}]}]
    answer = read_pip_audit(json.dumps({"dependencies": rows}))
    assert answer.flaws == (
        "one 1: PYSEC-1, mended in 1.1, 2.0",
        "one 1: B, mended in no version",
    )
    assert not answer.unasked


def test_npms_refusal_is_not_a_clean_bill() -> None:
    assert read_npm_audit('{"message": "405 Method Not Allowed"}').unasked == (
        "405 Method Not Allowed"
    )
    assert read_npm_audit('{"error": {"code": "ENOAUDIT"}}').unasked


def test_what_npm_knows_is_told() -> None:
    said = json.dumps({"vulnerabilities": {"left-pad": {"severity": "high"}}})
    assert read_npm_audit(said).flaws == ("left-pad: high",)
    assert read_npm_audit('{"vulnerabilities": {}}') == Answer("")
