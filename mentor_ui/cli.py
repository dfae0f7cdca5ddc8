"""The operator's commands. Each says what it did; a refusal is one line and exit status 2."""

import signal
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from types import FrameType
from typing import Annotated

import typer

from mentor_ui.cli_people import people_commands
from mentor_ui.domain.demo import DEMO_PASSWORD, DEMO_SIGN_INS
from mentor_ui.domain.errors import DomainError
from mentor_ui.front_end import BuildError
from mentor_ui.front_end import build as build_front_end
from mentor_ui.logs import configure_logs
from mentor_ui.processes import StartError
from mentor_ui.settings import Settings, SettingsError, get_settings

commands = typer.Typer(
    help="Run and look after the mentorship marketplace.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Host = Annotated[str, typer.Option(help="Address to listen on; the demo is for this machine alone.")]


@commands.command()
def run(host: Host = "") -> None:
    """Make everything ready and serve, jobs included: what `make run` does after installing."""
    settings = get_settings()
    _migrate(settings)
    if settings.demo:
        _seed(settings)
    _serve(settings, host=host, with_jobs=True)


@commands.command()
def serve(host: Host = "") -> None:
    """Serve the application on PORT, with the provider sandbox beside it in the demo.

    On PostgreSQL with Redis WEB_PROCESSES serve, and the jobs are those of `mentor worker`.
    """
    settings = get_settings()
    _expect_schema(settings)
    _serve(settings, host=host)


@commands.command()
def migrate() -> None:
    """Bring the database to the newest schema; safe to repeat."""
    _migrate(get_settings())


@commands.command()
def seed() -> None:
    """Load the demo's people, courses and offerings, unless they are there; never in production."""
    _seed(get_settings())


@commands.command()
def worker(
    name: Annotated[str, typer.Option(help="Shown in the logs; several workers may share it.")] = "worker",
) -> None:
    """Run the durable jobs alone, without serving pages, until interrupted."""
    from mentor_ui.jobs.executors import own_name  # noqa: PLC0415 - loads the database library
    from mentor_ui.jobs.runtime import JobRuntime  # noqa: PLC0415 - loads the job library
    from mentor_ui.resources import get_resources  # noqa: PLC0415
    from mentor_ui.tracing import tracing  # noqa: PLC0415
    from mentor_ui.watching import exposed  # noqa: PLC0415

    resources = get_resources()
    _expect_schema(resources.settings)
    configure_logs(resources.settings)
    with (
        exposed(resources.settings, starts_others=False),
        tracing(resources.settings, "worker"),
        own_name(resources.database, name) as own,
    ):
        runtime = JobRuntime(resources, own)
        runtime.start()
        _report(f"Worker {own} is running. Ctrl-C stops it")
        _wait_for_signal()
        runtime.stop()
    _report(f"Worker {own} has stopped")


@commands.command()
def health() -> None:
    """Ask what is needed here whether it answers; exit status 1 with the reason when it does not.

    Asks the server on PORT where one listens, else the database and Redis themselves, as a worker needs them.
    """
    from mentor_ui.health import problem_of  # noqa: PLC0415 - loads the database library

    if problem := problem_of(get_settings()):
        _report(problem)
        raise typer.Exit(1)
    _report("All that is needed answers")


@commands.command()
def reconcile(
    days: Annotated[int, typer.Option(min=1, help="How many days back to compare.")] = 2,
) -> None:
    """Compare our payments with Paystack's list, both ways, and settle what was missed."""
    from mentor_ui.resources import get_resources  # noqa: PLC0415
    from mentor_ui.services import audit  # noqa: PLC0415
    from mentor_ui.services.reconciliation import reconcile as compare  # noqa: PLC0415
    from mentor_ui.services.reconciliation import report  # noqa: PLC0415

    resources = get_resources()
    now = datetime.now(UTC)
    found = compare(resources.database, resources.payments, resources.rules, now - timedelta(days=days), now)
    _report(
        f"Compared {found.compared} payments with Paystack: {found.settled} settled now, "
        f"{len(found.unknown)} not ours, {len(found.missing)} that Paystack does not list, "
        f"{len(found.apart)} of another amount"
    )
    with resources.database.transaction() as session:
        detail = f"{found.compared} compared, {found.settled} settled, {len(found.missing)} not listed"
        audit.note(session, None, "reconcile", subject=f"{days} days", detail=detail, now=now)
    for reference in found.missing:
        _report(f"  paid here, not listed there: {reference}")
    for reference in found.apart:
        _report(f"  of another amount there: {reference}")
    with resources.database.transaction() as session:
        report(session, found, now)


@commands.command()
def prove(
    only: Annotated[
        list[str], typer.Option(help="Play only this scenario; can be given several times.")
    ] = [],  # noqa: B006
    database: Annotated[
        str,
        typer.Option(help="postgresql://… of a server for throw-away databases; SQLite files without it."),
    ] = "",
) -> None:
    """Show what each guard of the money is for: switched off, the loss; switched on, none.

    Works on databases and a provider sandbox of its own, which end with it. Exit status 1 when a loss
    remains with its guard on, or cannot be shown with it off.
    """
    from mentor_ui.proving.interruption import note_signals  # noqa: PLC0415
    from mentor_ui.proving.proof import SCENARIOS  # noqa: PLC0415 - loads the whole product
    from mentor_ui.proving.proof import prove as play  # noqa: PLC0415

    known = {scenario.key for scenario in SCENARIOS}
    if unknown := set(only) - known:
        raise typer.BadParameter(
            f"no such scenario: {', '.join(sorted(unknown))} ({', '.join(sorted(known))})"
        )
    note_signals()
    started = time.monotonic()
    verdicts = play(only, server_url=database, report=_report)
    held = sum(verdict.holds for verdict in verdicts)
    _report(f"{held} of {len(verdicts)} hold ({time.monotonic() - started:.0f} s)")
    if held < len(verdicts):
        raise typer.Exit(1)


ledger_commands = typer.Typer(help="Look after the ledger.", no_args_is_help=True)
commands.add_typer(ledger_commands, name="ledger")
commands.add_typer(people_commands, name="user")


@ledger_commands.command("verify")
def ledger_verify() -> None:
    """Recompute the ledger; exit status 1 at the first kobo out of place."""
    from mentor_ui.resources import get_resources  # noqa: PLC0415
    from mentor_ui.services import ledger_proof  # noqa: PLC0415

    with get_resources().database.snapshot() as session:
        problems = ledger_proof.verify(session)
    for problem in problems:
        _report(problem)
    if problems:
        raise typer.Exit(1)
    _report("Every transaction sums to zero and every payment is booked once")


@commands.command()
def build(
    *, update_lock: Annotated[bool, typer.Option(help="Pin what the pages need in reflex.lock.")] = False
) -> None:
    """Build the front end, if what it is made of has changed."""
    log = get_settings().mentor_home / "front-end.log"
    if not build_front_end(report=_report, log=log, update_lock=update_lock):
        _report("The front end is already built")


def _wait_for_signal() -> None:
    stopping = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        stopping.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    stopping.wait()


def main() -> None:
    """Entry point: run a command, and turn a refusal into one line."""
    try:
        commands()
    except (SettingsError, StartError, BuildError, DomainError) as refusal:
        typer.echo(refusal, err=True)
        sys.exit(2)


def _migrate(settings: Settings) -> None:
    from mentor_ui.db.migrations import migrate as upgrade  # noqa: PLC0415 - a second that other commands spare

    started = time.monotonic()
    settings.mentor_home.mkdir(parents=True, exist_ok=True)
    upgrade(settings.database_url)
    _report(f"The database has the newest schema ({time.monotonic() - started:.1f} s)")


def _expect_schema(settings: Settings) -> None:
    from mentor_ui.db.migrations import is_behind  # noqa: PLC0415 - as above

    settings.mentor_home.mkdir(parents=True, exist_ok=True)
    if is_behind(settings.database_url):
        raise StartError("The database is older than this version. Run `mentor migrate`, then start again.")


def _seed(settings: Settings) -> None:
    from mentor_ui.db.engine import get_database  # noqa: PLC0415 - as above
    from mentor_ui.seed import seed as load_demo  # noqa: PLC0415

    started = time.monotonic()
    database = get_database(settings.database_url)
    try:
        loaded = load_demo(database, settings, datetime.now(UTC))
    finally:
        database.dispose()
    done = "is loaded" if loaded else "was there already"
    _report(f"The demo data {done} ({time.monotonic() - started:.1f} s)")


def _serve(settings: Settings, *, host: str, with_jobs: bool = False) -> None:
    from mentor_ui.serving import serve as serve_until_stopped  # noqa: PLC0415 - loads the server

    settings.mentor_home.mkdir(parents=True, exist_ok=True)
    serve_until_stopped(
        settings, report=_report, ready=lambda: _report(_welcome(settings)), host=host, with_jobs=with_jobs
    )
    _report("Stopped")


def _welcome(settings: Settings) -> str:
    lines = [f"mentor is ready at {settings.public_url}"]
    if settings.demo:
        lines += ["", f"Sign in as one of these, with the password {DEMO_PASSWORD}:"]
        lines += [f"  {role:<8}{email}" for role, email in DEMO_SIGN_INS.items()]
        lines += ["", f"Mail that the demo sends: {settings.public_url}/sandbox/mail"]
    return "\n".join([*lines, "", "Ctrl-C stops everything."])


def _report(line: str) -> None:
    typer.echo(line)
    sys.stdout.flush()
