"""People of a test's own, and what every page must be."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from sqlmodel import select

from mentor_ui.db.engine import Database
from mentor_ui.domain.identifiers import new_id
from mentor_ui.domain.roles import Actor, Role
from mentor_ui.models import Person
from tests.app_process import AppProcess

PASSWORD = "correct horse"


def sign_up(page: Page, app: AppProcess, database: Database, name: str, role: Role = Role.STUDENT) -> Actor:
    """Make an account of the test's own, so that the demo's people stay as others need them."""
    email = f"{name.lower()[:30]}-{new_id()}@demo.test"
    account = {"name": name, "email": email, "password": PASSWORD, "role": role.value}
    answer = page.request.post(f"{app.url}/api/auth/signup", data=account, headers={"Origin": app.url})
    assert answer.ok, answer.text()
    with database.reading() as session:
        person_id = session.exec(select(Person.id).where(Person.email == email)).one()
    return Actor(person_id, frozenset({role}))


def assert_sound(page: Page) -> None:
    """Check that axe finds nothing and that nothing sticks out sideways."""
    # What is fading in has too little contrast for a moment.
    page.evaluate(
        "Promise.all(document.getAnimations().filter(one => one.effect.getComputedTiming().endTime < 1e6)"
        ".map(one => one.finished.catch(() => null)))"
    )
    violations = Axe().run(page).response["violations"]
    found = [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in violations]
    assert found == [], found
    beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert beyond == 0
