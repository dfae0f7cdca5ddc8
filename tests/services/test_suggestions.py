"""Mentorship suggested after a course."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from mentor_ui.db.engine import Database
from mentor_ui.domain.errors import NotFound
from mentor_ui.domain.roles import Role
from mentor_ui.services import offerings, suggestions
from tests.catalogue import NOW, booking, course, offering, person, student, titles, tutor
from tests.databases import PostgresqlDatabases, opened


def test_the_five_newest_live_offerings_of_the_course(database: Database) -> None:
    with database.transaction() as session:
        teacher = tutor(session)
        react, other = course(session, teacher), course(session, teacher, "Other")
        numbers = [
            offering(session, teacher, str(index), linked_to=react, now=NOW + timedelta(minutes=index))
            for index in range(7)
        ]
        offering(session, teacher, "Other course", linked_to=other)
        offering(session, teacher, "Standalone")
        offerings.hide(session, teacher, offering_id=numbers[6], now=NOW)
        booking(session, student(session), numbers[0], NOW + timedelta(days=2))
        shown = suggestions.suggestions(session, None, course_id=react.id)
        assert titles(shown) == ["5", "4", "3", "2", "1"]
        assert titles(suggestions.suggestions(session, None, course_id=react.id, limit=2)) == ["5", "4"]
        assert (shown[0].id, shown[0].duration_minutes, shown[0].price_kobo) == (str(numbers[5]), 60, 500_000)
        assert (shown[0].tutor_name, shown[0].tutor_avatar) == ("Tunde Bakare", "")
        assert shown[0].next_free_at == NOW + timedelta(hours=2)
        assert suggestions.suggestions(session, None, course_id=1) == ()


def test_each_of_several_courses_has_its_own_in_its_own_order(database: Database) -> None:
    with database.transaction() as session:
        teacher, empty = tutor(session), 12345
        some = [course(session, teacher, name) for name in ("First", "Second", "Third")]
        for index in range(20):
            when = NOW + timedelta(minutes=index * 7 % 20)
            offering(session, teacher, str(index), linked_to=some[index % 3], now=when)
    asked = [*(one.id for one in some), empty]
    found = suggestions.newest_for_each(database, asked)
    assert found == {number: suggestions.newest_for_anybody(database, number) for number in asked}
    assert [len(found[number]) for number in asked] == [5, 5, 5, 0]
    assert suggestions.newest_for_each(database, []) == {}


def test_nobody_is_suggested_their_own_offering(database: Database) -> None:
    with database.transaction() as session:
        teacher = person(session, "Tunde Bakare", Role.TUTOR, Role.STUDENT)
        react = course(session, teacher)
        offering(session, teacher, "Mine", linked_to=react)
        assert suggestions.suggestions(session, teacher, course_id=react.id) == ()
        assert titles(suggestions.suggestions(session, student(session), course_id=react.id)) == ["Mine"]


def test_a_card_put_away_stays_away_until_it_is_brought_back(database: Database) -> None:
    with database.transaction() as session:
        learner, other = student(session), student(session, "Bola Ojo")
        react = course(session, tutor(session))

        def away(viewer: object) -> bool:
            return suggestions.is_dismissed(session, viewer, course_id=react.id)  # pyright: ignore[reportArgumentType]

        assert not away(learner)
        suggestions.dismiss(session, learner, course_id=react.id, now=NOW)
        suggestions.dismiss(session, learner, course_id=react.id, now=NOW)
        assert (away(learner), away(other), away(None)) == (True, False, False)
        suggestions.restore(session, learner, course_id=react.id)
        assert not away(learner)
        with pytest.raises(NotFound):
            suggestions.dismiss(session, learner, course_id=1, now=NOW)


def test_sqlite_looks_into_one_index(sqlite_database: Database) -> None:
    with sqlite_database.reading() as session:
        statement = suggestions._SQLITE.replace("?", "1")
        plan = session.connection().execute(text(f"EXPLAIN QUERY PLAN {statement}")).all()
    steps = [row[3] for row in plan]
    assert "ix_live_course (course_id=?)" in steps[0]
    assert not any("TEMP B-TREE" in step for step in steps)


def test_postgresql_looks_into_one_index_for_each_course(postgresql_databases: PostgresqlDatabases) -> None:
    with opened(postgresql_databases) as database, database.reading() as session:
        connection = session.connection()
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        statement = suggestions._OF_EACH.replace("%s", "ARRAY[1, 2]")
        steps = [str(row[0]) for row in connection.execute(text(f"EXPLAIN {statement}"))]
    assert any("using ix_live_course" in step for step in steps)
    assert any("Limit" in step for step in steps)
