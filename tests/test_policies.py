"""Every event handler of the real application declares who may call it, and every page is complete."""

import pytest
from reflex_base.registry import RegisteredEventHandler, RegistrationContext

from mentor_ui import mentor_ui
from mentor_ui.components import layout
from mentor_ui.components.values import Text
from mentor_ui.gate.middleware import INTERNAL
from mentor_ui.gate.policy import policy_of
from mentor_ui.pages.registry import Page, all_pages
from mentor_ui.web.first_paint_markup import names_of
from mentor_ui.web.first_paint_scripts import worked
from mentor_ui.web.first_paint_values import defaults_of


def handlers() -> dict[str, RegisteredEventHandler]:
    registered = RegistrationContext.ensure_context().event_handlers
    return {name: found for name, found in registered.items() if "tests___" not in name}


def test_every_handler_has_a_policy() -> None:
    assert mentor_ui.app is RegistrationContext.ensure_context().app
    # `setvar` is Reflex's, stands on every state and is refused by the gate for want of a policy.
    ours = {name for name in handlers() if name not in INTERNAL and not name.endswith(".setvar")}
    assert ours
    assert {name for name in ours if policy_of(handlers()[name].handler.fn) is None} == set()


def test_reflex_has_the_internal_events_that_the_gate_knows() -> None:
    framework = {
        name
        for name, found in handlers().items()
        if found.states[0].__module__.startswith("reflex") and not name.endswith(".setvar")
    }
    assert framework == INTERNAL


def test_no_state_has_a_public_method_that_is_not_an_event() -> None:
    for name, found in handlers().items():
        assert not name.rsplit(".", 1)[-1].startswith("_"), name
        assert found.states, name


def at_first(words: Text) -> str:
    """What a page says of itself while its State knows nothing yet."""
    states = frozenset(
        state.get_full_name() for state in RegistrationContext.ensure_context().base_states.values()
    )
    names = names_of(defaults_of(states))
    return words if isinstance(words, str) else str(worked(str(words))(names))


@pytest.mark.parametrize("page", all_pages(), ids=lambda page: page.route)
def test_every_page_is_complete(page: Page) -> None:
    assert 0 < len(at_first(page.title)) <= 60
    assert 20 <= len(at_first(page.description)) <= 170
    assert page.route.startswith("/")
    assert not page.policy.signed_in or len(page.loaders) > 1


def test_every_place_in_the_frame_is_a_page() -> None:
    places = {value.path for value in vars(layout).values() if isinstance(value, layout.Place)}
    assert places
    assert places <= {page.route for page in all_pages()}


def test_unknown_addresses_have_a_page_of_ours() -> None:
    assert mentor_ui.app.get_load_events("/no/such/page") == mentor_ui.app.get_load_events("/404")
    assert "404" in mentor_ui.app._unevaluated_pages
