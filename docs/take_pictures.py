"""Takes the pictures of the README and of docs/time.md from a running demo, by going through it in a browser.

    make run                              # in one terminal, with a fresh .mentor
    .venv/bin/python -m docs.take_pictures   # in another, after `make test` installed the tools

It books a session and links two calendars, so a demo that has been used for long looks different.
"""

import argparse
import base64
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from mentor_ui.domain.demo import DEMO_PASSWORD, DEMO_SIGN_INS
from tests.browser import ARGUMENTS, find_browser

PICTURES = Path(__file__).parent / "pictures"
OFFERING = "React Mastery 1:1"
COURSE = "react-from-zero-to-production"
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
QUALITY = 0.82
TO_WEBP = """async ([png, quality]) => {
  const image = new Image();
  image.src = "data:image/png;base64," + png;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.toDataURL("image/webp", quality).split(",")[1];
}"""


class Camera:
    """Opens windows on the demo and keeps what they show.

    Args:
        browser: A Chromium.
        address: Of the demo, without a closing slash.
        folder: Where the pictures go.
        calendar: Address of a calendar for a tutor to link.
    """

    def __init__(self, browser: Browser, address: str, folder: Path, calendar: str) -> None:
        self.browser = browser
        self.calendar = calendar
        self.address = address
        self.folder = folder
        self._darkroom = browser.new_page()

    @contextmanager
    def window(self, role: str = "", *, phone: bool = False, dark: bool = False) -> Iterator[Page]:
        """Yield a window in which one of the demo's people is signed in, or nobody.

        Args:
            role: A key of `DEMO_SIGN_INS`, or empty for a visitor.
            phone: Narrow, with a touch screen.
            dark: With the dark theme.
        """
        context = self.browser.new_context(
            viewport=PHONE if phone else DESKTOP,
            device_scale_factor=2 if phone else 1,
            has_touch=phone,
            is_mobile=phone,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            timezone_id="Africa/Lagos",
        )
        context.set_default_timeout(20_000)
        if role:
            account = {"email": DEMO_SIGN_INS[role], "password": DEMO_PASSWORD}
            answer = context.request.post(f"{self.address}/api/auth/login", data=account)
            if not answer.ok:
                sys.exit(f"{DEMO_SIGN_INS[role]} could not sign in: {answer.status} {answer.text()}")
        yield context.new_page()
        context.close()

    def open(self, page: Page, path: str) -> None:
        """Open a page and wait until nothing loads any more."""
        page.goto(self.address + path)
        self.settle(page)

    def settle(self, page: Page) -> None:
        """Wait until the lists are there and nothing moves."""
        page.wait_for_load_state("load")
        # One kind of them may give way to another.
        for _ in range(2):
            expect(page.locator(".skeleton:visible")).to_have_count(0)
            page.wait_for_timeout(600)

    def take(self, page: Page, name: str) -> None:
        """Keep what a window shows as `<name>.webp`."""
        png = base64.b64encode(page.screenshot(animations="disabled")).decode()
        picture = base64.b64decode(self._darkroom.evaluate(TO_WEBP, [png, QUALITY]))
        (self.folder / f"{name}.webp").write_bytes(picture)
        sys.stdout.write(f"{name}.webp  {len(picture) / 1000:.0f} kB\n")


def tutor_lists(camera: Camera) -> None:
    """Photograph the dialog in which an offering is made."""
    with camera.window("tutor") as page:
        camera.open(page, "/tutor/mentorship/schedule")
        page.get_by_role("button", name="Create New Offering").first.click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Title").fill("Your first pull request, together")
        dialog.get_by_label("Course").select_option(label="React from Zero to Production")
        dialog.get_by_label("Description").fill("We pick an issue, write the change and send it.")
        dialog.get_by_label("Duration").select_option(label="90 minutes")
        dialog.get_by_label("Price").fill("7500")
        page.wait_for_timeout(300)
        camera.take(page, "tutor-creates")


def student_finds(camera: Camera) -> str:
    """Photograph the marketplace and the card for graduates; return the path of the checkout."""
    with camera.window() as page:
        camera.open(page, "/mentorship")
        camera.take(page, "marketplace")
    with camera.window(phone=True, dark=True) as page:
        camera.open(page, "/mentorship")
        camera.take(page, "marketplace-phone-dark")
    with camera.window("student", dark=True) as page:
        camera.open(page, f"/courses/{COURSE}/complete")
        row = page.get_by_role("listitem").filter(has_text=OFFERING)
        row.wait_for()
        camera.take(page, "course-finished-dark")
        return row.get_by_role("link", name=re.compile("^Book")).first.get_attribute("href") or ""


def student_pays(camera: Camera, checkout: str) -> None:
    """Photograph choosing a time, paying, the receipt and the session that came of it."""
    with camera.window("student", phone=True) as page:
        camera.open(page, checkout)
        # So far ahead that it can still be moved.
        page.get_by_role("button", name="Later").click()
        page.get_by_role("button", name="Earlier", disabled=False).wait_for()
        times = page.get_by_role("button", name=re.compile(r"^\d\d:\d\d$"))
        times.nth(2).click()
        page.get_by_role("button", name="Let this time go").wait_for()
        camera.settle(page)
        camera.take(page, "checkout-phone")
        page.get_by_role("button", name=re.compile("^Pay ₦.* with Paystack$")).locator("visible=true").click()
        page.wait_for_url("**/sandbox/paystack/checkout/**")
        camera.take(page, "paystack-phone")
        page.get_by_role("button", name=re.compile("^Pay ₦")).click()
        page.get_by_role("heading", name=re.compile("booked", re.IGNORECASE)).first.wait_for()
        camera.settle(page)
        camera.take(page, "receipt-phone")
    with camera.window("student") as page:
        camera.open(page, "/student/mentorship")
        page.get_by_role("link", name="Join on Zoom").first.wait_for()
        camera.take(page, "student-sessions")


def tutor_is_booked(camera: Camera) -> None:
    """Photograph the tutor's side of the booking."""
    with camera.window("tutor", phone=True, dark=True) as page:
        camera.open(page, "/tutor/mentorship")
        page.get_by_role("link", name="Join on Zoom").first.wait_for()
        camera.take(page, "tutor-sessions-phone-dark")


def tutor_plans(camera: Camera) -> None:
    """Photograph the hours, and the calendars whose busy times are kept free."""
    with camera.window("tutor") as page:
        camera.open(page, "/tutor/availability")
        camera.take(page, "availability")
        camera.open(page, "/tutor/calendars")
        page.get_by_label("Calendar address").fill(camera.calendar)
        page.get_by_role("button", name="Link calendar").click()
        page.get_by_text("The calendar is linked.").wait_for()
        page.get_by_role("link", name="Connect Google").click()
        page.get_by_role("button", name="Allow").click()
        page.get_by_text("The account is connected.").wait_for()
        camera.settle(page)
        camera.take(page, "calendars")


def tutor_is_paid(camera: Camera) -> None:
    """Photograph a withdrawal before it leaves, and the wallet afterwards."""
    with camera.window("tutor", phone=True) as page:
        camera.open(page, "/tutor/wallet")
        page.get_by_role("button", name="Add bank account").click()
        dialog = page.get_by_role("dialog", name="Bank account")
        dialog.get_by_role("option", name="Kuda Bank").wait_for(state="attached")
        dialog.get_by_label("Bank", exact=True).select_option(label="Kuda Bank")
        dialog.get_by_label("Account number").fill("0123456789")
        dialog.get_by_role("button", name="Check account").click()
        dialog.get_by_label("Password").wait_for()
        camera.settle(page)
        camera.take(page, "bank-account-phone")
        dialog.get_by_label("Password").fill(DEMO_PASSWORD)
        dialog.get_by_role("button", name="Save account").click()
        page.get_by_label("Amount").fill("12,500")
        page.get_by_text("The transfer costs ₦25").wait_for()
        page.get_by_label("Amount").scroll_into_view_if_needed()
        camera.settle(page)
        camera.take(page, "withdrawing-phone")
        page.get_by_role("button", name="Withdraw").click()
        page.get_by_text("Sent", exact=True).wait_for()
    with camera.window("tutor") as page:
        camera.open(page, "/tutor/wallet")
        camera.take(page, "wallet")


def plans_change(camera: Camera) -> None:
    """Photograph a session that may be moved or cancelled, and what cancelling it costs."""
    with camera.window("student", phone=True) as page:
        camera.open(page, "/student/mentorship")
        page.get_by_role("link", name="Details").first.click()
        page.get_by_role("heading", name="If plans change").wait_for()
        camera.settle(page)
        camera.take(page, "session-phone")
        page.get_by_role("button", name="Reschedule").click()
        page.get_by_role("dialog").get_by_role("button", name=re.compile(r"^\d\d:\d\d$")).nth(2).click()
        page.get_by_role("button", name=re.compile("^Move to ")).wait_for()
        camera.settle(page)
        camera.take(page, "moving-phone")
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Cancel session").click()
        page.get_by_text(re.compile("^You get ")).wait_for()
        camera.settle(page)
        camera.take(page, "cancelling-phone")


def main() -> None:
    """Go through the journey and keep its pictures."""
    parser = argparse.ArgumentParser(description="Take the pictures of the README from a running demo.")
    parser.add_argument("--address", default="http://localhost:3000", help="of the demo")
    parser.add_argument("--calendar", default="http://127.0.0.1:3001/ics/demo.ics", help="one to link")
    parser.add_argument("--folder", type=Path, default=PICTURES, help="for the pictures")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    chromium = find_browser()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        camera = Camera(browser, options.address.rstrip("/"), options.folder, options.calendar)
        tutor_lists(camera)
        student_pays(camera, student_finds(camera))
        tutor_is_booked(camera)
        tutor_is_paid(camera)
        plans_change(camera)
        tutor_plans(camera)
        browser.close()


if __name__ == "__main__":
    main()
