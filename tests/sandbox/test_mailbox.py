"""The demo mailbox: kept once, listed newest first, shown without running anything."""

import base64

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


def test_attachments_are_shown_and_served(sandbox: SandboxProcess) -> None:
    file = "BEGIN:VCALENDAR\r\nSUMMARY:Ọmọ\r\nEND:VCALENDAR\r\n".encode()
    attached = {
        "filename": "a <b>.ics",
        "content_type": "text/calendar; charset=utf-8; method=REQUEST",
        "content": base64.b64encode(file).decode(),
    }
    number = sandbox.http.post("/mail/messages", json={**MAIL, "attachments": [attached]}).json()["id"]
    [listed] = sandbox.mails()[0]["attachments"]
    assert (listed["filename"], listed["content"]) == (attached["filename"], attached["content"])
    assert listed["url"].endswith(f"/mail/{number}/attachments/0")
    page = sandbox.http.get(f"/mail/{number}").text
    assert "a &lt;b&gt;.ics</a> (text/calendar, REQUEST)" in page
    assert f'href="{listed["url"]}"' in page
    served = sandbox.http.get(f"/mail/{number}/attachments/0")
    assert served.content == file
    assert served.headers["content-type"] == attached["content_type"]
    assert served.headers["content-disposition"] == "attachment; filename*=UTF-8''a%20%3Cb%3E.ics"
    for missing in (f"{number}/attachments/1", f"{number}/attachments/x", "1/attachments/0"):
        assert sandbox.http.get(f"/mail/{missing}").status_code == 404


def test_attachments_that_cannot_be_read_are_refused(sandbox: SandboxProcess) -> None:
    sound = {"filename": "a.ics", "content_type": "text/calendar", "content": ""}
    for wrong in ("file", [{}], [{**sound, "content": "not base64!"}], [{**sound, "filename": 3}]):
        answer = sandbox.http.post("/mail/messages", json={**MAIL, "attachments": wrong})
        assert answer.status_code == 422, wrong
    assert sandbox.mails() == []
