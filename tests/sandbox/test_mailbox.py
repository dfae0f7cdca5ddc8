"""The demo mailbox: kept once, listed newest first, shown without running anything."""

from tests.sandbox_process import SandboxProcess

MAIL = {
    "to": ["Ada@demo.test"],
    "from": "mentor@demo.test",
    "subject": "Booked & paid",
    "text": "Join: http://x.test/j/1.",
}


def test_same_key_keeps_one_mail(sandbox: SandboxProcess) -> None:
    first = sandbox.http.post("/mail/messages", json=MAIL, headers={"idempotency-key": "booking-1"})
    again = sandbox.http.post(
        "/mail/messages", json={**MAIL, "subject": "Other"}, headers={"idempotency-key": "booking-1"}
    )
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert [mail["subject"] for mail in sandbox.mails()] == ["Booked & paid"]


def test_listed_newest_first_and_by_recipient(sandbox: SandboxProcess) -> None:
    for index in range(3):
        sandbox.http.post("/mail/messages", json={**MAIL, "subject": f"Mail {index}"})
    sandbox.http.post("/mail/messages", json={**MAIL, "to": "bola@demo.test", "subject": "For Bola"})
    assert [mail["subject"] for mail in sandbox.mails("ada@demo.test")] == ["Mail 2", "Mail 1", "Mail 0"]
    page = sandbox.http.get("/mail", params={"to": "bola"}).text
    assert "For Bola" in page
    assert "Mail 1" not in page


def test_page_escapes_and_frames_the_mail(sandbox: SandboxProcess) -> None:
    mail = {
        **MAIL,
        "subject": "<b>Hi</b>",
        "html": '<p onclick="x()">Hello <a href="http://x.test/">there</a></p>',
    }
    number = sandbox.http.post("/mail/messages", json=mail).json()["id"]
    page = sandbox.http.get(f"/mail/{number}")
    assert page.status_code == 200
    assert "&lt;b&gt;Hi&lt;/b&gt;" in page.text
    assert 'srcdoc="&lt;base' in page.text
    assert "allow-scripts" not in page.text
    assert '<a href="http://x.test/j/1">http://x.test/j/1</a>.' in page.text
    assert sandbox.http.get("/mail/1").status_code == 404


def test_incomplete_mail_is_refused(sandbox: SandboxProcess) -> None:
    for wrong in ({"to": []}, {"to": ["nobody"]}, {"subject": " "}, {"text": ""}, {"from": 3}):
        assert sandbox.http.post("/mail/messages", json={**MAIL, **wrong}).status_code == 422, wrong
    assert sandbox.mails() == []


def test_only_this_machine_may_send(sandbox: SandboxProcess) -> None:
    forwarded = {"x-forwarded-for": "203.0.113.9"}
    assert sandbox.http.post("/mail/messages", json=MAIL, headers=forwarded).status_code == 403
    assert sandbox.http.get("/mail", headers=forwarded).status_code == 200
