"""Which broken answers are safe to repeat, seen on real sockets."""

import logging
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from mentor_ui.providers.errors import ProviderMisconfigured, ProviderThrottled, ProviderUnavailable
from mentor_ui.providers.paystack import PaystackClient
from tests.providers.samples import REFERENCE, charge, paystack_ok
from tests.providers.scripted_server import Answer, ScriptedServer

GOOD = Answer(body=paystack_ok(charge()))


def start_refund(paystack: PaystackClient) -> None:
    paystack.refund(REFERENCE, amount_kobo=None, note="refund 1")


@pytest.mark.parametrize(
    "broken",
    [
        Answer(hang_up=True),
        Answer(500, {"status": False, "message": "broken"}),
        Answer(502, b"<html>bad gateway</html>"),
        Answer(200, b"<html>not yours</html>"),
        Answer(200, b'{"status": true, "data"'),
        Answer(200, paystack_ok({"status": "success"})),
        Answer(200, paystack_ok(None)),
        Answer(200, paystack_ok(charge(reference="someone-else-0001"))),
        Answer(404, b"not found"),
        Answer(302, None, {"Location": "/elsewhere"}),
        Answer(429, {"status": False, "message": "Rate limit exceeded!"}, {"x-ratelimit-reset": "0"}),
        Answer(delay_seconds=0.8, body=paystack_ok(charge())),
    ],
    ids=lambda answer: f"{answer.status} {str(answer.body)[:30]} {answer.hang_up}",
)
def test_a_read_is_tried_again(paystack: PaystackClient, server: ScriptedServer, broken: Answer) -> None:
    server.will_answer(broken, GOOD)

    found = paystack.verify(REFERENCE)

    assert found is not None
    assert found.reference == REFERENCE
    assert len(server.asked) == 2


def test_a_read_gives_up_after_three_tries(paystack: PaystackClient, server: ScriptedServer) -> None:
    server.will_answer(*[Answer(503)] * 4)

    with pytest.raises(ProviderUnavailable, match="HTTP 503") as caught:
        paystack.verify(REFERENCE)

    assert not caught.value.effect_unknown
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    "broken",
    [
        Answer(hang_up=True),
        Answer(500, {"status": False, "message": "broken"}),
        Answer(200, b"<html>not yours</html>"),
        Answer(200, paystack_ok({})),
        Answer(delay_seconds=0.8, body=paystack_ok({})),
    ],
    ids=["lost", "500", "garbage", "empty", "slow"],
)
def test_a_write_is_sent_once_and_says_that_its_effect_is_unknown(
    paystack: PaystackClient, server: ScriptedServer, broken: Answer
) -> None:
    server.will_answer(broken, GOOD)

    with pytest.raises(ProviderUnavailable) as caught:
        start_refund(paystack)

    assert caught.value.effect_unknown
    assert len(server.asked) == 1


def test_a_write_that_never_left_had_no_effect() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    paystack = PaystackClient(secret_key="sk_test_key", base_url=f"http://127.0.0.1:{port}")

    with pytest.raises(ProviderUnavailable, match="could not be reached") as caught:
        start_refund(paystack)

    assert not caught.value.effect_unknown
    paystack.close()


def test_a_long_wait_is_the_callers(paystack: PaystackClient, server: ScriptedServer) -> None:
    limit = {"status": False, "message": "Rate limit exceeded!", "type": "api_error", "code": "rate_limited"}
    server.will_answer(Answer(429, limit, {"x-ratelimit-reset": "37"}), GOOD)

    with pytest.raises(ProviderThrottled) as caught:
        paystack.verify(REFERENCE)

    assert caught.value.retry_after_seconds == 37
    assert len(server.asked) == 1


def test_a_short_wait_is_honoured(paystack: PaystackClient, server: ScriptedServer) -> None:
    server.will_answer(Answer(429, {"status": False}, {"x-ratelimit-reset": "1"}), GOOD)
    began = time.monotonic()

    assert paystack.verify(REFERENCE) is not None
    assert time.monotonic() - began >= 1


def test_a_reset_given_as_unix_time_becomes_a_wait(paystack: PaystackClient, server: ScriptedServer) -> None:
    server.will_answer(Answer(429, {"status": False}, {"x-ratelimit-reset": str(int(time.time()) + 60)}))

    with pytest.raises(ProviderThrottled) as caught:
        paystack.verify(REFERENCE)

    assert caught.value.retry_after_seconds == pytest.approx(60, abs=3)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(401, {"status": False, "message": "Invalid key"}),
        Answer(400, {"status": False, "message": "Invalid key"}),
        Answer(403, {"status": False, "message": "Your IP address is not allowed to make this call"}),
    ],
)
def test_a_refused_key_is_the_operators_business(
    paystack: PaystackClient, server: ScriptedServer, answer: Answer
) -> None:
    server.will_answer(answer)

    with pytest.raises(ProviderMisconfigured, match="PAYSTACK_SECRET_KEY"):
        paystack.verify(REFERENCE)

    assert len(server.asked) == 1


def test_many_threads_share_one_client(paystack: PaystackClient, server: ScriptedServer) -> None:
    server.will_answer(*[GOOD] * 40)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: paystack.verify(REFERENCE), range(40)))
    assert all(found)


FORKING = """
import os, sys
from mentor_ui.providers.paystack import PaystackClient
paystack = PaystackClient(secret_key="sk_test_key", base_url=sys.argv[1])
def ask():
    return paystack.verify(sys.argv[2]) is not None
assert ask()
child = os.fork()
if child == 0:
    os._exit(0 if ask() else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert ask()
paystack.close()
"""


def test_a_forked_child_never_uses_its_parents_connection(server: ScriptedServer) -> None:
    server.will_answer(GOOD, GOOD, GOOD)
    subprocess.run([sys.executable, "-c", FORKING, server.url, REFERENCE], check=True, timeout=30)

    parent, child, parent_again = (asked.peer_port for asked in server.asked)
    assert parent == parent_again != child


def test_a_closed_client_opens_again(paystack: PaystackClient, server: ScriptedServer) -> None:
    server.will_answer(GOOD, GOOD)
    assert paystack.verify(REFERENCE)
    paystack.close()
    paystack.close()
    assert paystack.verify(REFERENCE)


def test_the_key_stays_out_of_logs_and_errors(
    paystack: PaystackClient,
    server: ScriptedServer,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    server.will_answer(Answer(500), Answer(401, {"status": False, "message": "Invalid key"}))
    with caplog.at_level(logging.DEBUG), pytest.raises(ProviderMisconfigured) as caught:
        paystack.verify(REFERENCE)

    assert server.asked[0].headers["authorization"] == "Bearer sk_test_key"
    printed = capsys.readouterr()
    assert "sk_test_key" not in caplog.text + printed.out + printed.err + repr(caught.value)
