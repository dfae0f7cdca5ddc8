"""The tables, one module per aggregate. Importing this package registers all of them."""

from mentor_ui.models.attendance import AttendanceEvent, AttendanceKind
from mentor_ui.models.availability import (
    AvailabilityException,
    HoursSchedule,
    TutorRules,
    WeeklyHours,
    ZoneStay,
)
from mentor_ui.models.calendars import (
    BusyTime,
    CalendarFeed,
    CalendarKind,
    LeftCalendar,
    LinkedCalendar,
    WrittenEvent,
)
from mentor_ui.models.courses import (
    Course,
    Enrolment,
    EnrolmentStatus,
    Lesson,
    LessonCompletion,
    SuggestionDismissal,
)
from mentor_ui.models.incidents import (
    AuditEntry,
    Dispute,
    DisputeState,
    Incident,
    IncidentKind,
)
from mentor_ui.models.ledger import (
    AccountKind,
    LedgerAccount,
    LedgerEntry,
    LedgerProof,
    LedgerTransaction,
    PendingKind,
    PendingState,
    PendingTransfer,
)
from mentor_ui.models.mentorship import (
    BookedQuarter,
    MentorshipSession,
    ProposalState,
    RoomKind,
    TimeProposal,
)
from mentor_ui.models.messages import AppMessage, OutgoingMessage
from mentor_ui.models.packages import Package, PackagePurchase, PackageUse, PurchaseState
from mentor_ui.models.payments import (
    Choice,
    Payment,
    PaymentState,
    ProviderEvent,
    Refund,
    RefundOrigin,
    RefundState,
)
from mentor_ui.models.payouts import BankAccount, Payout, PayoutState
from mentor_ui.models.people import PasswordReset, Person, PersonRole, WebSession
from mentor_ui.models.taps import DoneTap

__all__ = [
    "AccountKind",
    "AppMessage",
    "AttendanceEvent",
    "AttendanceKind",
    "AuditEntry",
    "AvailabilityException",
    "BankAccount",
    "BookedQuarter",
    "BusyTime",
    "CalendarFeed",
    "CalendarKind",
    "Choice",
    "Course",
    "Dispute",
    "DisputeState",
    "DoneTap",
    "Enrolment",
    "EnrolmentStatus",
    "HoursSchedule",
    "Incident",
    "IncidentKind",
    "LedgerAccount",
    "LedgerEntry",
    "LedgerProof",
    "LedgerTransaction",
    "LeftCalendar",
    "Lesson",
    "LessonCompletion",
    "LinkedCalendar",
    "MentorshipSession",
    "OutgoingMessage",
    "Package",
    "PackagePurchase",
    "PackageUse",
    "PasswordReset",
    "Payment",
    "PaymentState",
    "Payout",
    "PayoutState",
    "PendingKind",
    "PendingState",
    "PendingTransfer",
    "Person",
    "PersonRole",
    "ProposalState",
    "ProviderEvent",
    "PurchaseState",
    "Refund",
    "RefundOrigin",
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
