"""Courses, their lessons, and who takes or has finished them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from mentor_ui.domain.identifiers import new_id
from mentor_ui.models.columns import UtcMoment, WideInteger, utc_now


class Course(SQLModel, table=True):
    """A course; its tutor teaches it, its creator made it (often the same person)."""

    __tablename__ = "course"

    id: int = Field(default_factory=new_id, primary_key=True, sa_type=WideInteger)
    slug: str = Field(unique=True, max_length=80)
    title: str = Field(max_length=120)
    summary: str = Field(default="", max_length=300)
    description: str = Field(default="", max_length=4000)
    thumbnail: str = Field(default="", max_length=500)
    tutor_id: int = Field(index=True, foreign_key="person.id", sa_type=WideInteger)
    creator_id: int = Field(index=True, foreign_key="person.id", sa_type=WideInteger)
    created_at: datetime = Field(default_factory=utc_now, sa_type=UtcMoment)


class Lesson(SQLModel, table=True):
    """One step of a course."""

    __tablename__ = "lesson"
    __table_args__ = (UniqueConstraint("course_id", "position", name="uq_lesson_place"),)

    id: int = Field(default_factory=new_id, primary_key=True, sa_type=WideInteger)
    course_id: int = Field(foreign_key="course.id", ondelete="CASCADE", sa_type=WideInteger)
    position: int
    title: str = Field(max_length=160)
    minutes: int = Field(default=10)


class EnrolmentStatus(StrEnum):
    """Whether a course is being taken or was finished."""

    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"


class Enrolment(SQLModel, table=True):
    """A student on a course.

    Attributes:
        progress: Whole percent of lessons done.
        completed_at: When the last lesson was done; None while `ACTIVE`.
    """

    __tablename__ = "enrolment"
    __table_args__ = (Index("ix_enrolment_course_status", "course_id", "status"),)

    student_id: int = Field(
        primary_key=True, foreign_key="person.id", ondelete="CASCADE", sa_type=WideInteger
    )
    course_id: int = Field(primary_key=True, foreign_key="course.id", ondelete="CASCADE", sa_type=WideInteger)
    status: str = Field(default=EnrolmentStatus.ACTIVE, max_length=16)
    progress: int = Field(default=0)
    started_at: datetime = Field(default_factory=utc_now, sa_type=UtcMoment)
    completed_at: datetime | None = Field(default=None, sa_type=UtcMoment)


class LessonCompletion(SQLModel, table=True):
    """One lesson that one student has done."""

    __tablename__ = "lesson_completion"

    student_id: int = Field(
        primary_key=True, foreign_key="person.id", ondelete="CASCADE", sa_type=WideInteger
    )
    lesson_id: int = Field(primary_key=True, foreign_key="lesson.id", ondelete="CASCADE", sa_type=WideInteger)
    completed_at: datetime = Field(default_factory=utc_now, sa_type=UtcMoment)


class SuggestionDismissal(SQLModel, table=True):
    """A student put a course's mentorship card away; it stays away on every device."""

    __tablename__ = "suggestion_dismissal"

    student_id: int = Field(
        primary_key=True, foreign_key="person.id", ondelete="CASCADE", sa_type=WideInteger
    )
    course_id: int = Field(primary_key=True, foreign_key="course.id", ondelete="CASCADE", sa_type=WideInteger)
    dismissed_at: datetime = Field(default_factory=utc_now, sa_type=UtcMoment)
