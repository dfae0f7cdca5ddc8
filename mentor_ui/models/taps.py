"""What keeps a press from being written twice."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from mentor_ui.models.columns import UtcMoment, utc_now


class DoneTap(SQLModel, table=True):
    """A press of a page whose first write was committed, with that write.

    Attributes:
        key: A digest of the tab, the page and the press's number; the tab's own name is a secret.
    """

    __tablename__ = "done_tap"

    key: str = Field(primary_key=True, max_length=32)
    done_at: datetime = Field(default_factory=utc_now, index=True, sa_type=UtcMoment)
