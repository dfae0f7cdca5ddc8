"""Who and what the demo shows: people, courses, offerings, and sessions that were held."""

from dataclasses import dataclass

from mentor_ui.domain.availability_rules import ExceptionKind
from mentor_ui.domain.cancellation import CancellationPolicy
from mentor_ui.domain.demo import DEMO_SIGN_INS
from mentor_ui.domain.roles import Role
from mentor_ui.domain.session_state import BookingMode
from mentor_ui.domain.slots import WeeklyRange

TUTOR, MENTOR = DEMO_SIGN_INS["tutor"], DEMO_SIGN_INS["mentor"]
STUDENT, ADMIN = DEMO_SIGN_INS["student"], DEMO_SIGN_INS["admin"]


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody of the demo."""

    email: str
    name: str
    role: Role
    headline: str = ""
    timezone: str = "Africa/Lagos"
    hours: tuple[WeeklyRange, ...] = ()


@dataclass(frozen=True, slots=True)
class DemoCourse:
    """A course of the demo; lessons are (title, minutes)."""

    slug: str
    title: str
    summary: str
    description: str
    tutor: str
    creator: str
    lessons: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class DemoOffering:
    """An offering of the demo; `course` is a slug, or empty when it stands alone."""

    tutor: str
    title: str
    description: str
    minutes: int
    naira: int
    course: str = ""
    booking_mode: BookingMode = BookingMode.INSTANT


@dataclass(frozen=True, slots=True)
class DemoDates:
    """Days of a tutor on which the weekly hours do not hold, counted from the day of loading.

    Attributes:
        first_hour: Of each day; 0 to 24 is all of it.
    """

    tutor: str
    kind: ExceptionKind
    first_in_days: int
    days: int
    first_hour: int = 0
    last_hour: int = 24
    note: str = ""


@dataclass(frozen=True, slots=True)
class DemoRules:
    """A tutor's rules that are not the usual ones."""

    tutor: str
    break_after_minutes: int
    sessions_a_day: int
    policy: CancellationPolicy


def _hours(days: str, *spans: tuple[int, int]) -> tuple[WeeklyRange, ...]:
    return tuple(WeeklyRange(int(day), start * 60, end * 60) for day in days for start, end in spans)


PEOPLE = (
    DemoPerson(
        TUTOR,
        "Tunde Bakare",
        Role.TUTOR,
        "Front-end lead. Eleven years of React, six of them in payments.",
        hours=_hours("01234", (9, 12), (16, 20)) + _hours("5", (10, 14)),
    ),
    DemoPerson(
        MENTOR,
        "Ifeanyi Okafor",
        Role.MENTOR,
        "Staff engineer who reviews code the way he wished his was.",
        hours=_hours("0123", (11, 15)) + _hours("456", (12, 18)),
    ),
    DemoPerson(
        "amina.yusuf@demo.test",
        "Amina Yusuf",
        Role.TUTOR,
        "Django developer in Kano. Ships first, tidies second.",
        hours=_hours("01234", (8, 13)),
    ),
    DemoPerson(
        "chidinma.eze@demo.test",
        "Chidinma Eze",
        Role.TUTOR,
        "Product designer. Has hired nine designers and remembers why.",
        hours=_hours("12345", (14, 19)),
    ),
    DemoPerson(
        "kwame.mensah@demo.test",
        "Kwame Mensah",
        Role.TUTOR,
        "Data scientist in Accra, on both sides of the interview table.",
        "Africa/Accra",
        _hours("0246", (9, 13), (18, 21)),
    ),
    DemoPerson(
        "zainab.bello@demo.test",
        "Zainab Bello",
        Role.MENTOR,
        "Product manager. Three launches, one of them famous for failing.",
        hours=_hours("01234", (17, 21)),
    ),
    DemoPerson(
        "wanjiru.kamau@demo.test",
        "Wanjiru Kamau",
        Role.TUTOR,
        "Backend engineer in Nairobi. Python, queues and calm on-call weeks.",
        "Africa/Nairobi",
        _hours("0134", (10, 16)),
    ),
    DemoPerson(
        "sade.alabi@demo.test",
        "Sade Alabi",
        Role.TUTOR,
        "Analyst turned teacher. Makes SQL feel like plain speech.",
        hours=_hours("012345", (7, 10), (18, 20)),
    ),
    DemoPerson(
        "thabo.nkosi@demo.test",
        "Thabo Nkosi",
        Role.TUTOR,
        "Runs other people's Kubernetes in Johannesburg, and sleeps well.",
        "Africa/Johannesburg",
        _hours("1256", (9, 17)),
    ),
    DemoPerson(
        "ngozi.adeyemi@demo.test",
        "Ngozi Adeyemi",
        Role.MENTOR,
        "Recruiter for ten years. Reads a CV in forty seconds and says how.",
        hours=_hours("01234", (12, 16)),
    ),
    DemoPerson(STUDENT, "Adaeze Obi", Role.STUDENT),
    DemoPerson(ADMIN, "Funke Balogun", Role.ADMIN, "Keeps the platform running."),
    DemoPerson("bola.ojo@demo.test", "Bola Ojo", Role.STUDENT),
    DemoPerson("musa.ibrahim@demo.test", "Musa Ibrahim", Role.STUDENT),
    DemoPerson("efe.omoruyi@demo.test", "Efe Omoruyi", Role.STUDENT),
    DemoPerson("akua.owusu@demo.test", "Akua Owusu", Role.STUDENT, timezone="Africa/Accra"),
    DemoPerson("halima.sani@demo.test", "Halima Sani", Role.STUDENT),
    DemoPerson("john.otieno@demo.test", "John Otieno", Role.STUDENT, timezone="Africa/Nairobi"),
)

REACT, TYPES, DJANGO = "react-from-zero-to-production", "typescript-in-anger", "django-for-busy-people"
PYTHON, SQL, DESIGN = "python-beyond-basics", "sql-and-statistics", "interfaces-people-finish"

COURSES = (
    DemoCourse(
        REACT,
        "React from Zero to Production",
        "Build one real shop, from an empty folder to customers who pay.",
        "You write every line of a small shop: catalogue, basket, sign-in, payment. Each lesson leaves you with "
        "something that runs, and the last one puts it online where your friends can break it.",
        TUTOR,
        MENTOR,
        (
            ("Components are functions", 35),
            ("State, and where it should live", 45),
            ("Effects without surprises", 40),
            ("Forms that keep what was typed", 50),
            ("Fetching, caching, failing well", 55),
            ("Routes and the back button", 30),
            ("Tests worth having", 45),
            ("Measure, then make it faster", 40),
            ("Going live", 60),
        ),
    ),
    DemoCourse(
        TYPES,
        "TypeScript in Anger",
        "Types that catch the mistakes you actually make.",
        "No tour of every feature. We take an untyped project of four thousand lines and make it tell us what is "
        "wrong with it, one strict flag at a time.",
        TUTOR,
        TUTOR,
        (
            ("Turning it on without stopping work", 30),
            ("Unions instead of flags", 40),
            ("Narrowing, and why it fails", 45),
            ("Generics you can read", 50),
            ("Trust at the edges: parsing input", 40),
            ("Types for React props", 35),
            ("Migrating the scary file", 55),
            ("Strict, and staying there", 30),
        ),
    ),
    DemoCourse(
        DJANGO,
        "Django for Busy People",
        "An API with sign-in, background work and backups, in ten evenings.",
        "Made for people with a job. Ten short evenings, each with one thing finished by the end of it.",
        "amina.yusuf@demo.test",
        "amina.yusuf@demo.test",
        (
            ("A model and its admin", 30),
            ("Views, plainly", 35),
            ("An API in one evening", 45),
            ("Who may do what", 40),
            ("Work for later: queues", 45),
            ("Deploying and undoing it", 50),
        ),
    ),
    DemoCourse(
        PYTHON,
        "Python Beyond Basics",
        "Generators, context managers, typing and async, with reasons.",
        "You know the syntax. This is about the parts that make a program pleasant to change a year later.",
        "wanjiru.kamau@demo.test",
        MENTOR,
        (
            ("Iterators all the way down", 40),
            ("With statements of your own", 30),
            ("Data classes and when not", 35),
            ("Typing that pays for itself", 45),
            ("Async: one thread, many waits", 55),
            ("Packaging without tears", 40),
        ),
    ),
    DemoCourse(
        SQL,
        "SQL and Statistics",
        "Ask good questions of data, and know when the answer is luck.",
        "From your first SELECT to window functions, then the three statistical ideas that decide whether a number "
        "means anything.",
        "sade.alabi@demo.test",
        "kwame.mensah@demo.test",
        (
            ("Rows, columns, questions", 25),
            ("Joins by drawing them", 45),
            ("Windows", 50),
            ("Averages that lie", 40),
            ("Was it luck?", 45),
        ),
    ),
    DemoCourse(
        DESIGN,
        "Interfaces People Finish",
        "Forms, flows and words that bring people to the end.",
        "We watch real people give up on real pages, and mend one page a week until they do not.",
        "chidinma.eze@demo.test",
        "chidinma.eze@demo.test",
        (
            ("Watching without helping", 35),
            ("One thing per screen", 30),
            ("Words on buttons", 25),
            ("When it goes wrong", 40),
            ("Type, space, colour", 45),
            ("Handing over to engineers", 35),
        ),
    ),
)

OFFERINGS = (
    DemoOffering(TUTOR, "Career hour: your first front-end job", "Where to apply, what to show, and what the interview is really about. Bring your CV.", 60, 6000),
    DemoOffering("thabo.nkosi@demo.test", "Read my cluster", "Share your screen and your manifests. You leave with a list of what to mend, worst first.", 90, 18_000),
    DemoOffering("ngozi.adeyemi@demo.test", "CV in forty seconds", "I read your CV as I would at work, out loud. Then we rewrite the top third together.", 30, 3500),
    DemoOffering("kwame.mensah@demo.test", "Data interviews, rehearsed", "Two mock rounds with feedback: SQL, statistics and a case. Recorded if you like.", 120, 16_000, SQL),
    DemoOffering("zainab.bello@demo.test", "Product sense clinic", "Bring a product you use. We take it apart together and you practise saying why.", 30, 4000),
    DemoOffering("amina.yusuf@demo.test", "Ship your first Django API", "Models, sign-in and deployment. You leave with a live address.", 90, 12_500, DJANGO),
    DemoOffering("chidinma.eze@demo.test", "Portfolio review for designers", "Honest, line-by-line critique and a plan for the next 30 days.", 45, 4500),
    DemoOffering("wanjiru.kamau@demo.test", "Async Python, demystified", "From callbacks to structured concurrency, with your own code on the screen.", 60, 8000, PYTHON),
    DemoOffering("sade.alabi@demo.test", "SQL in plain speech", "Bring the question your boss asked. We turn it into a query you can explain.", 45, 3000, SQL),
    DemoOffering(MENTOR, "System design, one diagram", "You design, I ask. One system, one hour and a half, one diagram you could defend.", 90, 20_000, booking_mode=BookingMode.REQUEST),
    DemoOffering("thabo.nkosi@demo.test", "Your first pipeline", "From a push to a running release, in a project of your own.", 120, 15_000),
    DemoOffering("zainab.bello@demo.test", "From engineer to product manager", "What changes, what you will miss, and how to try it without leaving your job.", 60, 9000),
    DemoOffering("ngozi.adeyemi@demo.test", "Salary talk, practised", "We play the conversation three times. The third time you will be bored of it, which is the point.", 45, 5500),
    DemoOffering("chidinma.eze@demo.test", "Watch five people use your app", "We plan it, run it with your users on the call, and name the three things to change.", 180, 25_000, DESIGN, BookingMode.EITHER),
    DemoOffering("amina.yusuf@demo.test", "Django, unblocked", "Half an hour for the one thing you are stuck on. Send the error beforehand.", 30, 2500, DJANGO),
    DemoOffering("kwame.mensah@demo.test", "Was it luck? Statistics for your own experiment", "Bring the numbers of a test you ran. We find out what they can and cannot say.", 60, 7500, SQL),
    DemoOffering(MENTOR, "Typing an old Python project", "We start at the edges and stop before it hurts. You keep the plan.", 60, 8500, PYTHON),
    DemoOffering("wanjiru.kamau@demo.test", "On-call without fear", "Alerts worth waking for, a first runbook, and what to write the day after.", 60, 7000),
    DemoOffering("sade.alabi@demo.test", "Spreadsheet to database", "Bring the spreadsheet that everybody is afraid of. We move it, carefully.", 120, 11_000),
    DemoOffering(TUTOR, "Types that pay rent", "The file you are afraid of, made strict together, without stopping the team.", 45, 4500, TYPES),
    DemoOffering(TUTOR, "Reading compiler errors", "Bring the worst error TypeScript ever gave you. It will make sense by the end.", 30, 2500, TYPES),
    DemoOffering(MENTOR, "Testing React without mocking everything", "Your component, your tests, fewer of them, and each one able to fail.", 60, 7000, REACT),
    DemoOffering(TUTOR, "Make it fast: React performance", "We profile your app and mend what the profile says, nothing else.", 90, 10_500, REACT),
    DemoOffering(MENTOR, "Code review marathon", "Two hours through your repository, the way a kind senior would do it.", 120, 14_000, REACT),
    DemoOffering(MENTOR, "Launch day companion", "I stay with you while you put your project online. Checklist, rollback and nerves included.", 180, 22_000, REACT),
    DemoOffering(TUTOR, "React Mastery 1:1", "Deep dive into advanced React patterns, reviewed on your own code.", 60, 5000, REACT),
)  # fmt: skip

HIDDEN = frozenset({"Reading compiler errors"})
"""Offerings that their tutor has hidden."""

DATES = (
    DemoDates(TUTOR, ExceptionKind.AWAY, 16, 3, note="Conference in Abuja"),
    DemoDates(TUTOR, ExceptionKind.EXTRA, 10, 1, 20, 22, note="Exam week"),
    DemoDates(MENTOR, ExceptionKind.AWAY, 20, 2, note="Family"),
    DemoDates("wanjiru.kamau@demo.test", ExceptionKind.AWAY, 9, 1, 10, 13),
)
"""Days on which tutors are away, or open beyond their hours."""

RULES = (
    DemoRules("wanjiru.kamau@demo.test", 15, 4, CancellationPolicy.MODERATE),
    DemoRules("chidinma.eze@demo.test", 30, 2, CancellationPolicy.STRICT),
)
"""Rules of tutors; the others have the usual ones."""

GRADUATES = {
    REACT: (STUDENT, "bola.ojo@demo.test", "musa.ibrahim@demo.test", "efe.omoruyi@demo.test", "akua.owusu@demo.test"),
    TYPES: ("bola.ojo@demo.test", "john.otieno@demo.test"),
    DJANGO: ("halima.sani@demo.test", "musa.ibrahim@demo.test"),
    PYTHON: ("john.otieno@demo.test",),
    SQL: ("akua.owusu@demo.test", "halima.sani@demo.test", "efe.omoruyi@demo.test"),
    DESIGN: ("efe.omoruyi@demo.test",),
}  # fmt: skip
"""Who has finished which course."""

HALF_WAY = {TYPES: (STUDENT,), REACT: ("halima.sani@demo.test",), PYTHON: ("bola.ojo@demo.test",)}
"""Who has done half of which course."""

HELD = (
    ("akua.owusu@demo.test", "Career hour: your first front-end job", 1),
    ("musa.ibrahim@demo.test", "Make it fast: React performance", 2),
    (STUDENT, "React Mastery 1:1", 4),
    ("bola.ojo@demo.test", "React Mastery 1:1", 6),
    ("musa.ibrahim@demo.test", "React Mastery 1:1", 11),
    ("efe.omoruyi@demo.test", "Make it fast: React performance", 9),
    ("akua.owusu@demo.test", "Types that pay rent", 13),
    ("bola.ojo@demo.test", "Code review marathon", 8),
    ("halima.sani@demo.test", "Ship your first Django API", 5),
    ("musa.ibrahim@demo.test", "Django, unblocked", 7),
    ("efe.omoruyi@demo.test", "Portfolio review for designers", 6),
    ("akua.owusu@demo.test", "SQL in plain speech", 10),
    ("halima.sani@demo.test", "Data interviews, rehearsed", 12),
    ("john.otieno@demo.test", "Async Python, demystified", 6),
    ("john.otieno@demo.test", "System design, one diagram", 15),
    ("bola.ojo@demo.test", "Salary talk, practised", 14),
)
"""Sessions that were paid and held: student, offering, days ago. Each day stands once per person."""

PACKAGES = (("React Mastery 1:1", 3, 12_000, 120),)
"""Several sessions at once: of which offering, how many, for how many naira, and days to use them."""
