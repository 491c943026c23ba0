"""Takes the pictures of pages, from the demo data of a server that it starts.

`script/screenshots` runs it. Its argument is the folder of the pictures, by default the
one of this file.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

FOLDER = Path(__file__).parent
SERVER = FOLDER.parent.parent / "script" / "server"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SIZE: ViewportSize = {"width": 1280, "height": 800}
SECONDS_UNTIL_READY = 120


@dataclass(frozen=True)
class Picture:
    """A page, as one of the demo accounts sees it."""

    name: str
    url: str
    # Is there when the page is complete.
    selector: str = "main"
    account: str = ""
    # What to press before the picture is taken.
    press: str = ""


PICTURES = [
    Picture("landing", "/", account="ada", press="text=Read my lists"),
    Picture("browsable-api", "/books", account="staff"),
    Picture("admin", "/admin/", account="staff", selector="#content"),
    Picture("admin-orders", "/admin/orders/order/", "#result_list", "staff"),
    Picture("invoice-desk", "/admin/orders/invoice/1/change/", "#content", "staff"),
    Picture("invoice", "/invoices/1.html", account="staff"),
    Picture("goals", "/v1.0/goals.html", account="staff"),
    Picture("job", "/api/v2/jobs/1.html", account="staff"),
]


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        sys.exit("script/screenshots needs Chromium.")
    with server() as address, sync_playwright() as playwright:
        # Chromium needs the option where root runs it.
        options = ["--no-sandbox"]
        browser = playwright.chromium.launch(executable_path=path, args=options)
        for picture in PICTURES:
            take(browser, address, picture, folder / f"{picture.name}.png")
            print(f"{folder / picture.name}.png")


@contextmanager
def server() -> Iterator[str]:
    """Start a server with the demo data in a new database, and return its address."""
    with TemporaryDirectory() as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        variables = {
            "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
            "PORT": str(port),
        }
        process = subprocess.Popen(  # noqa: S603
            [SERVER],
            env={name: os.environ[name] for name in ("PATH", "HOME")} | variables,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(f"{address}/livez")
            yield address
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def wait_for(url: str) -> None:
    deadline = time.monotonic() + SECONDS_UNTIL_READY
    while True:
        try:
            urlopen(url).close()  # noqa: S310
            return
        except URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def take(browser: Browser, address: str, picture: Picture, file: Path) -> None:
    context = browser.new_context(base_url=address, viewport=SIZE)
    page = context.new_page()
    if picture.account:
        log_in(page, picture.account)
    page.goto(picture.url)
    page.wait_for_selector(picture.selector)
    if picture.press:
        page.click(picture.press)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=file)
    context.close()


def log_in(page: Page, account: str) -> None:
    page.goto("/session/login/")
    page.fill("[name=username]", f"{account}@example.com")
    page.fill("[name=password]", "quintet-demo")
    page.press("[name=password]", "Enter")
    page.wait_for_load_state("networkidle")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else FOLDER)
