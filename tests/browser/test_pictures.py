"""The pages of goals and of a job, and the picture of goals, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from goals.models import Goal
from orders.models import Job
from orders.services import hold, release, start_job
from tests.browser.axe import violations_everywhere
from tests.goals.conftest import chain
from tests.goals.test_pictures import HOSTILE
from tests.orders.factories import JobFactory, OrderItemFactory
from tests.support.jobs import claim

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]
GOALS, PICTURE = "/v1.0/goals.html", "/v1.0/goals.svg"
# From a change to the screen, in milliseconds.
SOON = 2000


@pytest.fixture(autouse=True)
def nothing_goes_wrong(watched):
    """No error on the console, no dialog, and no request to another host."""
    watched.on("dialog", lambda dialog: watched.errors.append(dialog.message))
    yield
    assert (watched.errors, watched.outside) == ([], [])


@pytest.fixture
def tree(ada: User) -> list[Goal]:
    return chain(ada, 9)


@pytest.fixture
def job(ada: User) -> Job:
    return start_job(order=OrderItemFactory(order__owner=ada).order)


def shown(page: Page) -> list[str]:
    names = page.locator(".goals .name").all()
    return [name.inner_text() for name in names if name.is_visible()]


def test_goals_are_searched_and_folded_in_the_page(page, tree):
    page.goto(GOALS)
    assert shown(page) == [*"012345"]

    page.fill("#search", "7")
    assert shown(page) == [*"01234567"]
    expect(page.locator("#matches")).to_have_text("1 of 9 goals on this page match.")
    page.fill("#search", "")
    assert shown(page) == [*"012345"]
    page.click("#unfold")
    assert shown(page) == [*"012345678"]
    page.click("#fold")
    assert shown(page) == ["0"]
    page.focus(".goals summary")
    page.keyboard.press("Enter")
    assert shown(page) == ["0", "1"]
    assert page.url.endswith(GOALS)


def test_without_javascript_links_and_forms_do_the_same(browser, live_server, tree):
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(GOALS)
    page.click("#unfold")
    expect(page.locator("details[open]")).to_have_count(8)
    page.click("#fold")
    expect(page.locator("details:not([open])")).to_have_count(8)
    page.fill("#search", "7")
    page.click("text=Search")
    expect(page.locator(".goals .name")).to_have_text([*"01234567"])
    context.close()


@pytest.mark.parametrize("url", [GOALS, PICTURE])
def test_names_run_no_script(page, ada, url):
    Goal.objects.bulk_create(Goal(user=ada, name=name) for name in HOSTILE)
    page.goto(url)
    page.wait_for_timeout(200)

    assert page.evaluate("window.isRun === undefined")
    assert "<script>window.isRun = true</script>" in page.evaluate(
        "document.documentElement.textContent"
    )


def test_a_deep_tree_is_laid_out(page, ada):
    chain(ada, 5000)
    page.goto(f"{GOALS}?fold=9999")
    assert page.locator(".goals .name").count() == 1000
    assert page.locator(".goals .name").last.is_visible()
    width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0


def test_a_job_is_followed_to_its_end(page, log_in, ada, job):
    log_in(page, "ada")
    page.goto(f"/api/v2/jobs/{job.pk}.html")
    status = page.locator(".job-status")
    expect(status).to_contain_text("Waiting for a worker.")

    attempt = claim(job.pk)
    expect(status).to_contain_text("Attempt 1 of 5.", timeout=SOON)
    attempt.report(50)
    expect(page.locator(".job-progress")).to_contain_text("50 %", timeout=SOON)
    with attempt.finish():
        pass
    expect(status).to_contain_text("Done in 1 attempt.", timeout=SOON)
    expect(page.locator("#form button")).to_have_count(0)
    expect(page).to_have_title(f"Job {job.pk}: Finished – Quintet")  # noqa: RUF001
    expect(page.locator("#announcement")).to_have_text("✓ Finished Done in 1 attempt.")


def test_without_a_stream_the_page_asks_again(page, log_in, ada, job):
    log_in(page, "ada")
    page.route("**/events", lambda route: route.fulfill(status=204))
    page.goto(f"/api/v2/jobs/{job.pk}.html")

    claim(job.pk)
    expect(page.locator(".job-status")).to_contain_text("Attempt 1", timeout=2 * SOON)


def test_without_javascript_the_browser_reloads_the_page(
    browser, live_server, log_in, ada, job
):
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    log_in(page, "ada")
    page.goto(f"/api/v2/jobs/{job.pk}.html")

    claim(job.pk)
    expect(page.locator(".job-status")).to_contain_text("Attempt 1", timeout=3 * SOON)
    page.click("text=Cancel job")
    expect(page.locator(".job-status")).to_contain_text("Cancelled")
    page.click("text=Retry job")
    expect(page.locator(".job-status")).to_contain_text("Waiting for a worker.")
    context.close()


@pytest.mark.parametrize("has_script", [True, False])
def test_a_held_job_is_released_by_its_button(
    browser, live_server, log_in, ada, job, has_script
):
    hold(job=job)
    context = browser.new_context(
        base_url=live_server.url, java_script_enabled=has_script
    )
    page = context.new_page()
    log_in(page, "ada")
    page.goto(f"/api/v2/jobs/{job.pk}.html")
    status = page.locator(".job-status")
    expect(status).to_contain_text("‖ Held Nothing happens until the job is released.")
    page.get_by_role("button", name="Release job").click()
    expect(status).to_contain_text("Waiting for a worker.")
    expect(page.locator("#form button")).to_have_text(["Cancel job"])
    context.close()


def test_the_page_follows_a_release_by_somebody_else(page, log_in, ada, job):
    hold(job=job)
    log_in(page, "ada")
    page.goto(f"/api/v2/jobs/{job.pk}.html")
    expect(page.locator("#form button")).to_have_count(2)

    release(job=job)
    expect(page.locator(".job-status")).to_contain_text("Waiting", timeout=3 * SOON)
    expect(page.locator("#form button")).to_have_count(1)


def test_the_pages_are_accessible(page, log_in, tree, job, staff):
    log_in(page, "staff")
    Goal.objects.filter(pk=tree[2].pk).update(due="2026-01-01")
    Job.objects.filter(pk=job.pk).update(error="It broke.\nBadly.", progress=30)
    held = JobFactory(is_held=True)
    for url in (
        f"{GOALS}?fold=9",
        f"{GOALS}?search=none",
        f"/api/v2/jobs/{job.pk}.html",
        f"/api/v2/jobs/{held.pk}.html",
        "/admin/orders/job/",
    ):
        page.goto(url)
        assert violations_everywhere(page) == []
