"""A secret is masked in whatever is logged, in every form that it can be read back from."""

from __future__ import annotations

import base64
import io
import json
import logging
import pickle
import sys
from collections.abc import Iterator
from logging.handlers import MemoryHandler
from random import Random
from urllib.parse import quote, quote_plus, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from singer_sdk.logging import StructuredFormatter

from tap_ivrflow.aicc.redaction import Redactor, proxy_passwords
from tap_ivrflow.singer.logs import mask

SECRETS = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=8)


def forms(secret: str) -> list[str]:
    raw = secret.encode()
    encoded = [base64.b64encode(raw), base64.urlsafe_b64encode(raw), base64.b64encode(b"key:" + raw + b"\n")]
    return [
        secret,
        quote(secret),
        quote_plus(secret),
        json.dumps(secret),
        repr(secret),
        *map(bytes.decode, encoded),
    ]


@given(SECRETS)
def test_no_form_of_a_secret_is_left(secret: str) -> None:
    redact = Redactor()
    redact.add(secret)
    for form in forms(secret):
        cleaned = redact(f"before {form} after")
        assert form not in cleaned
        assert "***" in cleaned
        assert cleaned.startswith("before ")
        assert cleaned.endswith(" after")


@given(SECRETS, st.randoms(use_true_random=False))
def test_no_way_of_encoding_urls_gets_through(secret: str, random: Random) -> None:
    redact = Redactor()
    redact.add(secret)

    def spelt(byte: int) -> str:
        ways = [f"%{byte:02x}", f"%{byte:02X}"]
        return random.choice([*ways, chr(byte)] if chr(byte).isalnum() and byte < 128 else ways)

    encoded = "".join(map(spelt, secret.encode()))
    assert secret not in unquote(redact(f"100 % of {encoded}"))


def test_a_structured_log_escapes_what_was_escaped(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log
    logger.handlers[0].setFormatter(StructuredFormatter())
    secret = 'p\u00e4ss\\word"long'
    redact = Redactor()
    mask(redact)
    redact.add(secret)
    logger.warning("header %r", secret.encode().decode("latin-1"))
    logger.warning("body %s", json.dumps({"message": secret}))
    assert written.getvalue().count("***") == 2
    assert "word" not in written.getvalue()


def test_a_secret_inside_another_one_leaves_no_rest() -> None:
    redact = Redactor()
    redact.add("inner", "outer-inner-outer")
    assert redact("outer-inner-outer inner") == "*** ***"


def test_other_text_is_left_alone() -> None:
    redact = Redactor()
    assert redact("as it is") == "as it is"
    redact.add("", "  ")
    assert redact("as it is") == "as it is"


@pytest.fixture(autouse=True)
def unmasked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the mask off after each test."""
    monkeypatch.setattr(logging.Handler, "format", logging.Handler.format)


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logger = logging.getLogger("somebody.elses")
    logger.propagate = False
    logger.addHandler(handler)
    yield logger, written
    logger.removeHandler(handler)


def test_messages_arguments_and_tracebacks_of_any_logger_are_masked(
    log: tuple[logging.Logger, io.StringIO],
) -> None:
    logger, written = log
    redact = Redactor()
    mask(redact)
    redact.add("confidential")
    try:
        int("confidential")
    except ValueError:
        logger.exception("with %s", pickle.dumps("confidential"))
    assert "Traceback" in written.getvalue()
    assert "confidential" not in written.getvalue()


def test_a_line_costs_the_same_whatever_the_number_of_secrets() -> None:
    calls: list[str] = []
    line = "tenant 'north': 12 records of ivr_flows (1 of 3000), tok-77 and app-secret-77 among them"

    def masked(secrets: int) -> int:
        redact = Redactor()
        for number in range(secrets):
            redact.add(f"app-secret-{number}", f"token-{number}-{'x' * 40}")
        calls.clear()
        sys.setprofile(lambda _, event, __: calls.append(event))
        text = redact(line)
        sys.setprofile(None)
        assert ("***" in text) == (secrets > 77)
        return len(calls)

    few, many = masked(78), masked(3000)
    assert many < few * 2


@pytest.mark.parametrize("secret", ["short", "ab"])
def test_a_short_secret_is_masked_too(secret: str) -> None:
    redact = Redactor()
    redact.add(secret, "a-long-one-that-begins-otherwise")
    assert redact(f"<{secret}> a-long-one-that-begins-otherwise") == "<***> ***"


def test_the_longest_form_at_a_place_is_masked() -> None:
    redact = Redactor()
    redact.add("prefix-of", "prefix-of-another")
    assert redact("prefix-of-another prefix-of") == "*** ***"


def test_a_handler_behind_another_is_guarded_too() -> None:
    output = io.StringIO()
    behind = logging.StreamHandler(output)
    memory = MemoryHandler(10, target=behind)
    logger = logging.getLogger("a.logger.of.this.test")
    logger.addHandler(memory)
    redact = Redactor()
    redact.add("confidential")
    mask(redact)
    logger.error("a confidential line\nforged \x1b[2J")
    memory.flush()
    logger.removeHandler(memory)
    assert output.getvalue() == "a *** line\\nforged \\x1b[2J\n"


def test_a_message_before_a_traceback_has_one_line() -> None:
    output = io.StringIO()
    logger = logging.getLogger("another.logger.of.this.test")
    logger.addHandler(handler := logging.StreamHandler(output))
    mask(Redactor())
    logger.error("first\nforged", exc_info=LookupError("why"))
    logger.removeHandler(handler)
    assert output.getvalue().splitlines()[:2] == ["first\\nforged", "LookupError: why"]


@pytest.mark.parametrize(
    ("proxy", "shown"),
    [
        ("http://me:s3cret-pw@host:3128", "s3cret-pw"),
        ("me:s3cret-pw@host:3128", "s3cret-pw"),
        ("http://me:s3cret%23pw@host:3128", "s3cret#pw"),
        ("http://me:s3cret#word@host:3128", "s3cret"),
        ("http://me:s3cret#word@host:3128", "word@host"),
    ],
)
def test_the_password_of_a_proxy_is_masked(monkeypatch: pytest.MonkeyPatch, proxy: str, shown: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    redact = Redactor()
    redact.add(*proxy_passwords())
    assert "s3cret" not in redact(f"at {shown}")
    assert "word" not in redact(f"at {shown}")


def test_a_short_password_of_a_proxy_masks_no_words(monkeypatch: pytest.MonkeyPatch) -> None:
    for proxy in ("http://me:a#b@host:3128", "http://me@host:3128", "host:3128"):
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        assert proxy_passwords() == []
