"""`mentor user …`: the operator's commands about accounts."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from mentor_ui.domain.roles import Role

if TYPE_CHECKING:
    from sqlmodel import Session

people_commands = typer.Typer(help="Look after accounts.", no_args_is_help=True)

Email = Annotated[str, typer.Argument(help="The person's address.")]
RoleName = Annotated[Role, typer.Argument(help="student, tutor, mentor or admin.")]


@people_commands.command("add")
def add(
    email: Email,
    name: Annotated[str, typer.Option(prompt=True)],
    role: Annotated[list[Role], typer.Option(help="May be given several times.")],
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)],
) -> None:
    """Make an account with any roles, for example the first admin's."""
    from mentor_ui.db.current import current_database  # noqa: PLC0415 - loads the database library
    from mentor_ui.services import staffing  # noqa: PLC0415

    with current_database().transaction() as session:
        staffing.make_account(session, email=email, name=name, password=password, roles=role)
        _note(session, "add_account", email, ", ".join(sorted(role)))
    typer.echo(f"Made {email}: {', '.join(sorted(role))}")


@people_commands.command("give")
def give(email: Email, role: RoleName) -> None:
    """Give a role to a person."""
    from mentor_ui.db.current import current_database  # noqa: PLC0415
    from mentor_ui.services import staffing  # noqa: PLC0415

    with current_database().transaction() as session:
        changed = staffing.give_role(session, email=email, role=role)
        if changed:
            _note(session, "give_role", email, role)
    typer.echo(f"{email} is now {role}" if changed else f"{email} was {role} already")


@people_commands.command("take")
def take(email: Email, role: RoleName) -> None:
    """Take a role from a person; it counts from the next click."""
    from mentor_ui.db.current import current_database  # noqa: PLC0415
    from mentor_ui.services import staffing  # noqa: PLC0415

    with current_database().transaction() as session:
        changed = staffing.take_role(session, email=email, role=role)
        if changed:
            _note(session, "take_role", email, role)
    typer.echo(f"{email} is no longer {role}" if changed else f"{email} was not {role}")


@people_commands.command("sign-out")
def sign_out(email: Email) -> None:
    """Sign a person out of every browser."""
    from mentor_ui.db.current import current_database  # noqa: PLC0415
    from mentor_ui.services import staffing  # noqa: PLC0415

    with current_database().transaction() as session:
        ended = staffing.end_sign_ins(session, email=email)
        _note(session, "sign_out", email, f"of {ended} browsers")
    typer.echo(f"{email} was signed out of {ended} browsers")


@people_commands.command("list")
def list_accounts(
    containing: Annotated[str, typer.Argument(help="Part of a name or an address.")] = "",
) -> None:
    """Show accounts, newest first."""
    from mentor_ui.db.current import current_database  # noqa: PLC0415
    from mentor_ui.services import staffing  # noqa: PLC0415

    with current_database().reading() as session:
        found = staffing.accounts(session, containing=containing)
    for account in found:
        typer.echo(f"{account.email}  {account.name}  {', '.join(account.roles)}")
    typer.echo(f"{len(found)} accounts")


def _note(session: "Session", action: str, email: str, detail: str) -> None:
    from mentor_ui.services import audit  # noqa: PLC0415

    audit.note(session, None, action, subject=email, detail=detail, now=datetime.now(UTC))
