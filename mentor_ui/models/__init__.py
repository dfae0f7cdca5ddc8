"""The tables, one module per aggregate. Importing this package registers all of them."""

from mentor_ui.models.attendance import AttendanceEvent, AttendanceKind
from mentor_ui.models.availability import (
    AvailabilityException,
    HoursSchedule,
    TutorRules,
    WeeklyHours,
    ZoneStay,
)
from mentor_ui.models.calendars import BusyTime, CalendarFeed, CalendarKind, LinkedCalendar, WrittenEvent
from mentor_ui.models.courses import (
    Course,
    Enrolment,
    EnrolmentStatus,
    Lesson,
    LessonCompletion,
    SuggestionDismissal,
)
from mentor_ui.models.ledger import AccountKind, LedgerAccount, LedgerEntry, LedgerTransaction
from mentor_ui.models.mentorship import (
    BookedQuarter,
    MentorshipSession,
    ProposalState,
    RoomKind,
    TimeProposal,
)
from mentor_ui.models.messages import AppMessage, OutgoingMessage
from mentor_ui.models.payments import Payment, PaymentState, ProviderEvent, Refund, RefundState
from mentor_ui.models.people import PasswordReset, Person, PersonRole, WebSession

__all__ = [
    "AccountKind",
    "AppMessage",
    "AttendanceEvent",
    "AttendanceKind",
    "AvailabilityException",
    "BookedQuarter",
    "BusyTime",
    "CalendarFeed",
    "CalendarKind",
    "Course",
    "Enrolment",
    "EnrolmentStatus",
    "HoursSchedule",
    "LedgerAccount",
    "LedgerEntry",
    "LedgerTransaction",
    "Lesson",
    "LessonCompletion",
    "LinkedCalendar",
    "MentorshipSession",
    "OutgoingMessage",
    "PasswordReset",
    "Payment",
    "PaymentState",
    "Person",
    "PersonRole",
    "ProposalState",
    "ProviderEvent",
    "Refund",
    "RefundState",
    "RoomKind",
    "SuggestionDismissal",
    "TimeProposal",
    "TutorRules",
    "WebSession",
    "WeeklyHours",
    "WrittenEvent",
    "ZoneStay",
]
