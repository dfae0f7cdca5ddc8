"""Mails as plain text and as simple HTML, and the words of those that no happening of a booking brings."""

from dataclasses import dataclass
from html import escape

from mentor_ui.domain.refund_words import BANKS_TAKE, THE_WAY_IT_CAME
from mentor_ui.domain.words import one_line

LONGEST_SUBJECT = 160
"""A message in the application bears it too, and its column holds no more."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail's subject, of at most `LONGEST_SUBJECT` characters, and its two bodies."""

    subject: str
    text: str
    html: str


def _letter(
    subject: str, greeting: str, lines: list[str], link: tuple[str, str] | None, closing: str
) -> Letter:
    text = [greeting, "", *lines]
    body = "".join(f"<p>{escape(line)}</p>" for line in lines)
    if link is not None:
        label, url = link
        text += ["", f"{label}: {url}"]
        body += (
            f'<p><a href="{escape(url)}" style="display:inline-block;padding:10px 18px;border-radius:10px;'
            f'background:#0A6847;color:#fff;text-decoration:none;font-weight:600">{escape(label)}</a></p>'
            f'<p style="color:#56635C;font-size:13px">{escape(url)}</p>'
        )
    text += ["", closing, "", "mentor"]
    html = (
        '<div style="font:15px/1.55 system-ui,sans-serif;color:#17201B;background:#FBFAF6;padding:24px">'
        '<div style="max-width:560px;margin:0 auto;background:#fff;border:1px solid #E3E0D5;'
        f'border-radius:14px;padding:24px"><p>{escape(greeting)}</p>{body}<p>{escape(closing)}</p>'
        '<p style="color:#56635C">mentor</p></div></div>'
    )
    subject = one_line(subject)
    if len(subject) > LONGEST_SUBJECT:
        subject = f"{subject[: LONGEST_SUBJECT - 1].rstrip()}…"
    return Letter(subject, "\n".join(text), html)


def plain_letter(subject: str, reader_name: str, lines: list[str], link: tuple[str, str]) -> Letter:
    """Return a mail of a few sentences and one link, given as its label and address."""
    return _letter(
        subject, f"Hello {reader_name},", lines, link, "You can always look it up in your sessions."
    )


def session_letter(
    subject: str, reader_name: str, lines: list[str], join: tuple[str, str], session_url: str
) -> Letter:
    """Return a mail about a session that lies ahead: it leads straight into the room.

    Args:
        subject: Cut when it is too long.
        reader_name: For the greeting.
        lines: Sentences, one paragraph each.
        join: Label and address of the reader's way into the room.
        session_url: Where all about the session stands.
    """
    return _letter(
        subject, f"Hello {reader_name},", lines, join, f"Everything about the session: {session_url}"
    )


def money_on_its_way_back(name: str, title: str, amount: str, reason: str, receipt_url: str) -> Letter:
    """Return the mail to a payer whose money bought nothing and is being returned."""
    return _letter(
        f"We are returning {amount}",
        f"Hello {name},",
        [
            f"About your payment for “{title}”: {reason}",
            f"We are returning {amount} to you in full. {BANKS_TAKE}",
        ],
        ("Follow the refund", receipt_url),
        "There is nothing you need to do.",
    )


def wallet_news(subject: str, name: str, lines: list[str], wallet_url: str) -> Letter:
    """Return a mail to a tutor about money that leaves the wallet, or comes back to it."""
    return _letter(
        subject,
        f"Hello {name},",
        lines,
        ("See your wallet", wallet_url),
        "If you did not expect this, change your password and write to us at once.",
    )


def money_to_choose_about(
    name: str, title: str, *, amount: str, reason: str, until: str, receipt_url: str
) -> Letter:
    """Return the mail to a payer whose money bought nothing and who can say what becomes of it."""
    return _letter(
        f"{amount}: please choose what happens with it",
        f"Hello {name},",
        [
            f"Your payment for “{title}” has arrived and bought nothing: {reason}",
            f"It is yours. Choose before {until}: book with it, keep it as credit, or have it sent back.",
            f"If you choose nothing, all of it goes back {THE_WAY_IT_CAME}.",
        ],
        ("Choose what happens", receipt_url),
        "Nothing is lost, whatever you choose.",
    )


def part_on_its_way_back(
    name: str, title: str, *, amount: str, credit: str, to_bank: str, reason: str, receipt_url: str
) -> Letter:
    """Return the mail to a payer whom an operator gives something back; `credit`, `to_bank` may be empty."""
    where = [
        f"{credit} of it are credit that you can pay with now." if credit else "",
        f"{to_bank} goes back {THE_WAY_IT_CAME}. {BANKS_TAKE}" if to_bank else "",
    ]
    return _letter(
        f"We are returning {amount}",
        f"Hello {name},",
        [
            f"Of your payment for “{title}”, {amount} are returned to you: {reason}",
            " ".join(filter(None, where)),
        ],
        ("Follow the refund", receipt_url),
        "There is nothing you need to do.",
    )


def password_reset(name: str, url: str) -> Letter:
    """Return the mail with the link that lets its reader choose a new password."""
    return _letter(
        "Choose a new password",
        f"Hello {name},",
        ["Somebody asked for a new password for your account. The link works once, for one hour."],
        ("Choose a new password", url),
        "If it was not you, you can leave this mail alone. Your password stays as it is.",
    )
