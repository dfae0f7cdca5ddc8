"""Who is looking at a page, as the frame shows them. It decides what is drawn, never what is allowed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ViewerCard:
    """The viewer of a page; the default is a visitor who has not signed in.

    `timezone` is an IANA name; `unread` counts messages; `hue` is from `avatars.hue_of`.
    """

    name: str = ""
    initials: str = ""
    hue: int = 0
    signed_in: bool = False
    is_tutor: bool = False
    is_student: bool = False
    is_admin: bool = False
    timezone: str = "Africa/Lagos"
    unread: int = 0
