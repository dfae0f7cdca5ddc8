"""The rules about being booked and about changes of plan."""

import reflex as rx

from mentor_ui.components.buttons import button
from mentor_ui.components.cards import section_card
from mentor_ui.components.fields import described, field, select_field
from mentor_ui.components.notices import message_notice
from mentor_ui.components.pills import choice_card, choice_group
from mentor_ui.domain.cancellation import CancellationPolicy
from mentor_ui.pages.tutor.availability_choices import (
    POLICY_NAMES,
    buffer_options,
    horizon_options,
    notice_options,
    policy_sentence,
    reschedule_notice_options,
    reschedule_options,
)
from mentor_ui.pages.tutor.availability_rules_state import RulesState
from mentor_ui.pages.tutor.save_bar import save_bar

PAIR = "grid gap-5 sm:grid-cols-2 items-start"


def rules_card() -> rx.Component:
    """Show the rules as one form."""
    return section_card(
        "Rules",
        rx.el.p(
            "They count for what is booked from now on. An offering may have its own notice and breaks.",
            class_name="text-sm text-muted",
        ),
        rx.el.form(
            rx.el.div(
                _select("Shortest notice", "notice_minutes", notice_options()),
                _select("How far ahead", "horizon_days", horizon_options()),
                _select("Break before a session", "buffer_before_minutes", buffer_options()),
                _select("Break after a session", "buffer_after_minutes", buffer_options()),
                class_name=PAIR,
            ),
            rx.el.fieldset(
                rx.el.legend("At most", class_name="label"),
                rx.el.div(
                    _limit("Sessions a day", "most_sessions_day", "numeric"),
                    _limit("Hours a day", "most_hours_day", "decimal"),
                    _limit("Sessions a week", "most_sessions_week", "numeric"),
                    _limit("Hours a week", "most_hours_week", "decimal"),
                    class_name="grid grid-cols-2 sm:grid-cols-4 gap-x-4 gap-y-4 items-start",
                ),
                class_name="min-w-0",
            ),
            choice_group(
                "When a student cancels",
                *[_policy(policy) for policy in CancellationPolicy],
                class_name="flex flex-col gap-2.5",
            ),
            rx.el.div(
                _select("A student may move a session", "most_reschedules", reschedule_options()),
                _select("Until", "reschedule_notice_hours", reschedule_notice_options()),
                class_name=PAIR,
            ),
            rx.el.div(message_notice(RulesState.refusal), class_name="has-[>:empty]:absolute"),
            _save_bar(),
            key=RulesState.version,
            on_submit=RulesState.save,
            no_validate=True,
            class_name="flex flex-col gap-6",
        ),
    )


def _select(label: str, name: str, options: list[tuple[str, str]]) -> rx.Component:
    return select_field(
        label,
        options,
        name=name,
        default_value=getattr(RulesState.form, name),
        error=getattr(RulesState.errors, name),
        on_change=lambda value: RulesState.typed(name, value),
    )


def _limit(label: str, name: str, mode: str) -> rx.Component:
    error = getattr(RulesState.errors, name)
    control = rx.el.input(
        name=name,
        input_mode=mode,
        auto_complete="off",
        max_length=6,
        placeholder="no limit",
        default_value=getattr(RulesState.form, name),
        on_change=lambda value: RulesState.typed(name, value),
        class_name="input tabular-nums",
        **described(f"field-{name}", error),
    )
    return field(label, control, id=f"field-{name}", error=error)


def _policy(policy: CancellationPolicy) -> rx.Component:
    return choice_card(
        POLICY_NAMES[policy],
        policy_sentence(policy),
        name="cancellation_policy",
        value=policy.value,
        default_checked=RulesState.form.cancellation_policy == policy.value,
        on_change=RulesState.typed("cancellation_policy", policy.value),
    )


def _save_bar() -> rx.Component:
    return rx.cond(
        RulesState.dirty,
        save_bar(
            button("Discard", kind="quiet", on_click=RulesState.discard),
            button("Save rules", kind="primary", type="submit", busy=RulesState.saving),
            label="Rules: changes",
        ),
    )
