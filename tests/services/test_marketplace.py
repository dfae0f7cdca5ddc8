"""Finding offerings: every filter, every order, page by page, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session

from mentor_ui.db.engine import Database
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.domain.session_state import SessionStatus
from mentor_ui.models import Enrolment, MentorshipSession
from mentor_ui.services import market_figures, market_search, marketplace, offerings
from mentor_ui.services.marketplace import MarketFilters, Page, find_offerings
from tests.catalogue import NOW, booking, course, finished, offering, person, student, titles, tutor


def found(session: Session, query: str = "", actor: Actor | None = None, limit: int = 24) -> list[str]:
    """Return the titles that a query finds, in order."""
    return titles(find_offerings(session, actor, MarketFilters.from_query(query), NOW, limit).cards)


def minutes_ago(minutes: int) -> datetime:
    return NOW - timedelta(minutes=minutes)


def test_newest_first_with_everything_a_card_shows(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        react = course(session, teacher)
        first = offering(session, teacher, "First", linked_to=react, description="Deep", now=minutes_ago(2))
        offering(session, teacher, "Second", now=minutes_ago(1))
        for day in (1, 2):
            booking(
                session,
                student(session),
                first,
                NOW - timedelta(days=day),
                status=SessionStatus.COMPLETED,
            )
        booking(session, student(session), first, NOW + timedelta(days=1))
        page = find_offerings(session, None, MarketFilters(), NOW)
    assert titles(page.cards) == ["Second", "First"]
    assert (page.total, page.total_words, page.next_cursor) == (2, "2", "")
    card = page.cards[1]
    assert (card.id, card.description, card.duration_minutes, card.price_kobo) == (
        str(first),
        "Deep",
        60,
        500_000,
    )
    assert (card.tutor_name, card.tutor_headline) == ("Tunde Bakare", "Tunde Bakare, at work")
    assert (card.course_id, card.course_title, card.course_slug) == (str(react.id), react.title, react.slug)
    assert card.sessions_held == 2
    assert card.next_free_at == NOW + timedelta(hours=2)
    assert page.cards[0].course_id == ""


def test_hidden_offerings_bookings_and_ones_own_are_not_listed(database: Database) -> None:
    with database.transaction() as session:
        teacher = person(session, "Tunde Bakare", Role.TUTOR, Role.STUDENT)
        other = tutor(session, "Amina Yusuf")
        offering(session, teacher, "Mine")
        hidden = offering(session, teacher, "Hidden")
        offerings.hide(session, teacher, offering_id=hidden, now=NOW)
        booking(session, student(session), offering(session, other, "Theirs"), NOW + timedelta(days=1))
        for query in ("", "sort=price", "sort=price_desc", "sort=soonest"):
            assert sorted(found(session, query)) == ["Mine", "Theirs"]
            assert found(session, query, teacher) == ["Theirs"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("minPrice=5000", ["C", "B"]),
        ("maxPrice=5000", ["B", "A"]),
        ("minPrice=5000&maxPrice=5000", ["B"]),
        ("minPrice=12000&maxPrice=3000", ["B", "A"]),
        ("duration=30&duration=90", ["C", "A"]),
        ("duration=45", []),
        ("sort=price", ["A", "B", "C"]),
        ("sort=price_desc", ["C", "B", "A"]),
        ("sort=price&minPrice=4000", ["B", "C"]),
        ("duration=30&maxPrice=4000&sort=price", ["A"]),
    ],
)
def test_price_duration_and_order(database: Database, query: str, expected: list[str]) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        for index, (name, minutes, naira) in enumerate([("A", 30, 3000), ("B", 60, 5000), ("C", 90, 12500)]):
            offering(session, teacher, name, minutes=minutes, naira=naira, now=minutes_ago(9 - index))
        assert found(session, query) == expected


def test_mentors_are_found_by_id_and_by_part_of_the_name(database: Database) -> None:
    with database.transaction() as session:
        people = {name: tutor(session, name) for name in ("Ọmọlará Adé", "Amina Yusuf", "Tunde Bakare")}
        for name, teacher in people.items():
            offering(session, teacher, name)
        offering(session, people["Tunde Bakare"], "Amina taught me this")
        assert found(session, f"mentor={people['Amina Yusuf'].person_id}") == ["Amina Yusuf"]
        for part in ("amina", "mina+yus", "Yusuf", "YUSUF+amina"):
            assert found(session, f"mentor={part}") == ["Amina Yusuf"]
        for part in ("omolara", "ade", "Ọmọ", "omolara+ade"):
            assert found(session, f"mentor={part}") == ["Ọmọlará Adé"]
        for part in ("nobody", "12345", "%25", "_", "'+OR+1=1"):
            assert found(session, f"mentor={part}") == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("react", ["Hooks", "React Mastery"]),
        ("REACT maste", ["React Mastery"]),
        ("cafe", ["Café talk"]),
        ("CAFÉ", ["Café talk"]),
        ("bakare", ["Café talk", "Hooks", "React Mastery"]),
        ("zero", ["Hooks"]),
        ("react OR cafe", []),
        ('"react', ["Hooks", "React Mastery"]),
        ("react*", ["Hooks", "React Mastery"]),
        ("react & | ! ( ) : ' \\", ["Hooks", "React Mastery"]),
        ("NEAR(", []),
        ("search_text:react", []),
        ("***", ["Café talk", "Hooks", "React Mastery"]),
    ],
)
@pytest.mark.parametrize("sort", ["newest", "price", "soonest"])
def test_words_find_title_description_tutor_and_course(
    database: Database, query: str, expected: list[str], sort: str
) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        offering(session, teacher, "React Mastery", naira=9000, now=minutes_ago(3))
        offering(
            session, teacher, "Hooks", linked_to=course(session, teacher), naira=8000, now=minutes_ago(2)
        )
        offering(session, teacher, "Café talk", naira=7000, now=minutes_ago(1))
        page = find_offerings(session, None, MarketFilters(q=query, sort=sort), NOW)
        if sort == "soonest":
            assert sorted(titles(page.cards)) == expected
        else:
            assert titles(page.cards) == expected
        assert page.total == len(expected)


def test_an_edited_title_is_found_under_its_new_words_only(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        number = offering(session, teacher, "Elixir")
        draft = offerings.OfferingDraft(title="Erlang", duration_minutes=60, price=5000)
        offerings.update(session, teacher, offering_id=number, draft=draft, now=NOW)
        assert found(session, "q=elixir") == []
        assert found(session, "q=erlang") == ["Erlang"]
        offerings.delete(session, teacher, offering_id=number, now=NOW)
        assert found(session, "q=erlang") == []


def test_courses_by_id_and_by_what_the_viewer_did(database: Database) -> None:
    with database.transaction() as session:
        teacher, learner = tutor(session), student(session)
        done, taking, other = (course(session, teacher, name) for name in ("Done", "Taking", "Other"))
        finished(session, learner, done)
        session.add(Enrolment(student_id=learner.person_id, course_id=taking.id, progress=50))
        for index, linked in enumerate((done, taking, other, None)):
            name = linked.title if linked else "Alone"
            offering(session, teacher, name, linked_to=linked, now=minutes_ago(9 - index))
        assert found(session, f"courseId={done.id}&courseId={other.id}") == ["Other", "Done"]
        assert found(session, "mine=completed", learner) == ["Done"]
        assert found(session, "mine=enrolled", learner) == ["Taking"]
        assert found(session, f"mine=completed&courseId={other.id}", learner) == []
        assert found(session, "mine=completed", student(session, "Bola Ojo")) == []
        assert len(found(session, "mine=completed")) == 4, "means nothing for a visitor"
        assert marketplace.effective(MarketFilters(mine="completed"), None) == MarketFilters()


def test_today_and_this_week_in_the_viewers_zone(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        lagos, auckland = student(session), student(session, "Kiri", timezone="Pacific/Auckland")
        times = {
            "Passed": NOW - timedelta(minutes=1),
            "Tonight": datetime(2026, 11, 23, 22, 30, tzinfo=UTC),
            "After midnight": datetime(2026, 11, 23, 23, 0, tzinfo=UTC),
            "Sunday": datetime(2026, 11, 29, 12, 0, tzinfo=UTC),
            "Next Monday": datetime(2026, 11, 30, 12, 0, tzinfo=UTC),
            "Never": None,
        }
        numbers = {name: offering(session, teacher, name) for name in times}
        for name, free in times.items():
            row = session.get_one(MentorshipSession, numbers[name])
            row.next_free_at = free
            session.add(row)
        session.flush()
        assert found(session, "when=today&sort=soonest") == ["Tonight"]
        assert found(session, "when=today&sort=soonest", lagos) == ["Tonight"]
        assert found(session, "when=today", auckland) == []
        week = ["Tonight", "After midnight", "Sunday"]
        assert found(session, "when=week&sort=soonest", lagos) == week
        assert found(session, "sort=soonest") == [*week, "Next Monday", "Passed", "Never"]
        cards = find_offerings(session, None, MarketFilters(sort="soonest"), NOW).cards
        assert [(card.next_free_at, card.times_unknown) for card in cards[-2:]] == [
            (None, True),
            (None, False),
        ]


def _all_pages(session: Session, filters: MarketFilters, size: int) -> list[str]:
    seen: list[str] = []
    for _ in range(40):
        page: Page = find_offerings(session, None, filters, NOW, size)
        assert len(page.cards) <= size
        seen += [card.id for card in page.cards]
        if not page.next_cursor:
            return seen
        filters = MarketFilters.from_query(f"{filters.to_query()}&after={page.next_cursor}")
    raise AssertionError("the pages never end")


@pytest.mark.parametrize("sort", ["newest", "price", "price_desc", "soonest"])
@pytest.mark.parametrize("words", ["", "common"])
def test_pages_show_everything_once(database: Database, sort: str, words: str) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        for index in range(17):
            # Equal times and prices on purpose: the identifier decides.
            number = offering(
                session,
                teacher,
                f"Common {index}",
                naira=5000 + index % 3 * 1000,
                now=minutes_ago(index // 4),
            )
            row = session.get_one(MentorshipSession, number)
            row.next_free_at = None if index % 4 == 0 else NOW + timedelta(hours=index % 3 * 3 - 1)
            session.add(row)
        session.flush()
        filters = MarketFilters(q=words, sort=sort)
        whole = [card.id for card in find_offerings(session, None, filters, NOW, 50).cards]
        assert len(whole) == 17
        for size in (1, 5, 16, 17):
            assert _all_pages(session, filters, size) == whole


@pytest.mark.parametrize(
    "after", ["nonsense", "AAAA", "ci4xLjE=", "ci45OTk5OTk5OTk5OTk5OTk5OTk5LjE", "cC41MDAuMQ", "%00", "💥"]
)
def test_a_cursor_that_does_not_fit_means_the_first_page(database: Database, after: str) -> None:
    with database.transaction() as session:
        offering(session, tutor(session), "Only")
        shown = find_offerings(session, None, MarketFilters(after=after, sort="soonest"), NOW)
        assert titles(shown.cards) == ["Only"]


def test_a_new_offering_does_not_move_the_pages(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        for index in range(4):
            offering(session, teacher, str(index), now=minutes_ago(9 - index))
        first = find_offerings(session, None, MarketFilters(), NOW, 2)
        offering(session, teacher, "New")
        second = find_offerings(session, None, MarketFilters(after=first.next_cursor), NOW, 2)
        assert titles(first.cards) + titles(second.cards) == ["3", "2", "1", "0"]


def test_totals_beyond_a_thousand_are_only_more(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        session.add_all(
            MentorshipSession(
                is_offering=True,
                tutor_id=teacher.person_id,
                student_id=teacher.person_id,
                title=f"Number {index}",
                duration=60,
                price_kobo=500_000,
            )
            for index in range(1001)
        )
        session.flush()
        page = find_offerings(session, None, MarketFilters(), NOW)
        assert (page.total, page.more_than_total, page.total_words) == (1000, True, "1,000+")


def _sizeable(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the market count as a large one, with its numbers kept, and give it mixed offerings."""
    monkeypatch.setattr(market_figures, "LARGE_MARKET", 1)
    monkeypatch.setattr(market_search, "MOST_STEPS", 40)
    teachers = [tutor(session, name) for name in ("Amina Yusuf", "Tunde Bakare")]
    linked = [course(session, teacher, teacher.person_id.__str__()) for teacher in teachers]
    for index in range(60):
        offering(
            session,
            teachers[index % 2],
            f"Common {index}",
            linked_to=linked[index % 2] if index % 3 else None,
            minutes=(30, 60, 90)[index % 3],
            naira=3000 + index % 7 * 1000,
            now=minutes_ago(100 - index),
        )


@pytest.mark.parametrize("sort", ["newest", "price", "price_desc", "soonest"])
@pytest.mark.parametrize(
    "query",
    [
        "",
        "q=common",
        "q=common+1&duration=60",
        "minPrice=4000&maxPrice=5000",
        "mentor=amina&maxPrice=8000",
        "duration=30&minPrice=7000",
        "when=week&duration=90",
        "q=com&mentor=bakare&when=week",
    ],
)
def test_a_large_market_finds_the_same_as_a_small_one(
    database: Database, monkeypatch: pytest.MonkeyPatch, sort: str, query: str
) -> None:
    filters = MarketFilters.from_query(f"{query}&sort={sort}")
    with database.transaction() as session:
        _sizeable(session, monkeypatch)
        monkeypatch.setattr(market_figures, "LARGE_MARKET", 1000)
        small = find_offerings(session, None, filters, NOW, 100)
        monkeypatch.setattr(market_figures, "LARGE_MARKET", 1)
        large = find_offerings(session, None, filters, NOW, 100)
        assert small.cards
        assert titles(large.cards) == titles(small.cards)
        assert _all_pages(session, filters, 7) == [card.id for card in small.cards]
        page = find_offerings(session, None, filters, NOW, 3)
        assert page.total == small.total or (page.more_than_total and page.total < small.total)
