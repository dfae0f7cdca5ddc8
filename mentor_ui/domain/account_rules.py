"""What an account has to look like, and what is said when it does not.

Every refusal has a code. The code alone travels in an address (`/login?error=…`), and the page looks the
sentence up here, so that nobody can make our pages say something with a link.
"""

from functools import cache
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email

from mentor_ui.domain.errors import InvalidInput
from mentor_ui.domain.words import one_line

PASSWORD_MINIMUM = 8
PASSWORD_MAXIMUM = 128
NAME_MAXIMUM = 80
HEADLINE_MAXIMUM = 160

REFUSALS: dict[str, tuple[str, str]] = {
    "email_invalid": ("email", "This does not look like an e-mail address, such as ada@example.com."),
    "email_taken": ("email", "There is an account with this e-mail already. Sign in, or reset its password."),
    "name_missing": ("name", "Tell us your name, as others should see it."),
    "name_long": ("name", f"Keep your name to {NAME_MAXIMUM} characters."),
    "headline_long": ("headline", f"Keep your headline to {HEADLINE_MAXIMUM} characters."),
    "timezone_unknown": ("timezone", "Choose a time zone from the list."),
    "role_unknown": ("role", "Choose whether you come to learn or to teach."),
    "password_short": ("password", f"Use at least {PASSWORD_MINIMUM} characters."),
    "password_long": ("password", f"Use at most {PASSWORD_MAXIMUM} characters."),
    "password_is_email": ("password", "Choose a password that is not your e-mail."),
    "password_wrong": ("current", "This is not your present password."),
    "sign_in_failed": ("password", "E-mail and password do not match. Check both, or reset your password."),
    "reset_used": ("", "This link was used or is older than an hour. Ask for a new one."),
    "sign_in_required": ("", "Please sign in to go on."),
    "body_too_large": ("", "This is more than the form holds. Please shorten it."),
    "unreadable": ("", "The form could not be read. Please send it again."),
    "cross_site": ("", "This form came from another site. Please send it again from here."),
    "too_many_attempts": ("", "Too many tries. Please wait {minutes} and try again."),
}
"""Code → the form field beside which it belongs ("" for the whole form) and the sentence."""


def refusal(code: str) -> InvalidInput:
    """Return the error for one of the codes in `REFUSALS`."""
    field, message = REFUSALS[code]
    return InvalidInput(message, field=field or None, code=code)


def told(code: str, minutes: str = "") -> tuple[str, str]:
    """Return field and sentence for a code that came in an address; both empty for an unknown one."""
    field, sentence = REFUSALS.get(code, ("", ""))
    waiting = waiting_time(int(minutes) if minutes.isdecimal() and len(minutes) < 4 else 15)
    return field, sentence.replace("{minutes}", waiting)


def waiting_time(minutes: int) -> str:
    """Return `1 minute` or `n minutes`; never less than one."""
    return "1 minute" if minutes <= 1 else f"{minutes} minutes"


def checked_email(email: str) -> str:
    """Return the address in lower case.

    Names reserved for tests (`demo.test`) are welcome and no DNS is asked.

    Raises:
        InvalidInput: It is no address.
    """
    try:
        parts = validate_email(email.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise refusal("email_invalid") from None
    return parts.normalized.lower()


def checked_name(name: str) -> str:
    """Return the name with single spaces.

    Raises:
        InvalidInput: It is empty or too long.
    """
    clean = one_line(name)
    if not clean:
        raise refusal("name_missing")
    if len(clean) > NAME_MAXIMUM:
        raise refusal("name_long")
    return clean


def checked_headline(headline: str) -> str:
    """Return the headline with single spaces; it may be empty.

    Raises:
        InvalidInput: It is too long.
    """
    clean = one_line(headline)
    if len(clean) > HEADLINE_MAXIMUM:
        raise refusal("headline_long")
    return clean


def checked_password(password: str, email: str) -> str:
    """Return the password as given.

    Raises:
        InvalidInput: It is too short, too long, or the e-mail itself.
    """
    if len(password) < PASSWORD_MINIMUM:
        raise refusal("password_short")
    if len(password) > PASSWORD_MAXIMUM:
        raise refusal("password_long")
    if password.strip().lower() == email.lower():
        raise refusal("password_is_email")
    return password


def checked_timezone(name: str) -> str:
    """Return the IANA name of a time zone.

    Raises:
        InvalidInput: There is no such zone.
    """
    if name not in _timezones():
        raise refusal("timezone_unknown")
    return name


def timezone_names() -> tuple[str, ...]:
    """Return the zones people choose from, by name: places only, without aliases such as `EST`."""
    return tuple(sorted(name for name in _timezones() if "/" in name and not name.startswith("Etc/")))


@cache
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones() - {"localtime", "posixrules", "Factory"})
