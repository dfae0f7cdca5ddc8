"""The tables, one module per aggregate. Importing this package registers all of them."""

from mentor_ui.models.courses import (
    Course,
    Enrolment,
    EnrolmentStatus,
    Lesson,
    LessonCompletion,
    SuggestionDismissal,
)
from mentor_ui.models.ledger import AccountKind, LedgerAccount, LedgerEntry, LedgerTransaction
from mentor_ui.models.mentorship import BookedQuarter, MentorshipSession, WeeklyHours
from mentor_ui.models.messages import AppMessage, OutgoingMessage
from mentor_ui.models.payments import Payment, PaymentState, ProviderEvent, Refund, RefundState
from mentor_ui.models.people import PasswordReset, Person, PersonRole, WebSession

__all__ = [
    "AccountKind",
    "AppMessage",
    "BookedQuarter",
    "Course",
    "Enrolment",
    "EnrolmentStatus",
    "LedgerAccount",
    "LedgerEntry",
    "LedgerTransaction",
    "Lesson",
    "LessonCompletion",
    "MentorshipSession",
    "OutgoingMessage",
    "PasswordReset",
    "Payment",
    "PaymentState",
    "Person",
    "PersonRole",
    "ProviderEvent",
    "Refund",
    "RefundState",
    "SuggestionDismissal",
    "WebSession",
    "WeeklyHours",
]
