from __future__ import annotations

from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django_tasks_db.models import DBTaskResult

from accounts.demo import ACCOUNTS, PASSWORD, account, email_of
from accounts.models import User
from casting.models import Actor, Movie
from goals.models import Goal
from media_catalog.models import Author, Book, Playlist, Video
from orders.models import Invoice, Job, Order
from orders.services.jobs import run_job
from tests.support.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(db) -> None:
    call_command("demo", verbosity=0)


def all_rows() -> dict[str, list[dict]]:
    models = apps.get_models(include_auto_created=True)
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values())
        for model in models
    }


def report(*options: str) -> list[str]:
    output = StringIO()
    call_command("demo", *options, stdout=output)
    return output.getvalue().splitlines()


def test_tells_how_many_rows_each_app_got():
    assert report() == [
        "accounts: 7 rows added",
        "goals: 19 rows added",
        "bucketlists: 10 rows added",
        "casting: 88 rows added",
        "media catalog: 52 rows added",
        "orders: 41 rows added",
    ]


@pytest.mark.parametrize("options", [[], ["--restore"]])
def test_a_second_time_changes_nothing(demo, options):
    before = all_rows()
    assert {line.partition(": ")[2] for line in report(*options)} == {"nothing to do"}
    assert all_rows() == before


def test_what_was_changed_or_deleted_stays_so(demo):
    Movie.objects.get(title="Titanic").delete()
    Movie.objects.filter(title="Amélie").update(title="Amelie")
    Goal.objects.filter(name="Get a boat").update(description="A large one.")
    account("director").delete()
    before = all_rows()
    call_command("demo", verbosity=0)
    assert all_rows() == before


def test_restore_brings_back_what_is_missing_and_overwrites_nothing(demo):
    Movie.objects.get(title="Titanic").delete()
    Actor.objects.filter(name="Tom Hanks").update(age=70)
    Movie.objects.get(title="Forrest Gump").actors.clear()
    assert "casting: 1 row added" in report("--restore")
    assert Actor.objects.get(name="Tom Hanks").age == 70
    assert not Movie.objects.get(title="Forrest Gump").actors.exists()
    cast = Movie.objects.get(title="Titanic").actors
    assert set(cast.values_list("name", flat=True)) == {
        "Leonardo DiCaprio",
        "Kate Winslet",
    }


def test_deleting_the_staff_account_has_everything_loaded_again(demo):
    before = Movie.objects.count()
    Movie.objects.get(title="Titanic").delete()
    account("staff").delete()
    call_command("demo", verbosity=0)
    assert Movie.objects.count() == before
    assert account("staff").is_superuser


def test_loads_beside_rows_of_others(bob):
    UserFactory(name="ada", email="another@example.com")
    for _ in range(2):
        Actor.objects.create(name="Tom Hanks", age=40, gender="male")
    Goal.objects.create(user=bob, name="Run ten kilometres")
    others = all_rows()
    call_command("demo", verbosity=0)
    after = all_rows()
    assert all(row in after[label] for label, rows in others.items() for row in rows)
    assert Actor.objects.filter(name="Tom Hanks").count() == 2
    assert account("ada").name.startswith("ada-")
    assert Movie.objects.count() == 30


def test_gives_no_rights_to_an_account_that_was_there_before(staff):
    User.objects.filter(pk=staff.pk).update(is_staff=False, is_superuser=False)
    registered = User.objects.create_user(email_of("director"), "her own choice")
    call_command("demo", verbosity=0)
    staff.refresh_from_db()
    assert (staff.is_staff, staff.is_superuser) == (False, False)
    assert not registered.groups.exists()


def test_refuses_in_production(settings):
    settings.PRODUCTION = True
    before = all_rows()
    with pytest.raises(CommandError) as refusal:
        call_command("demo")
    assert "QUINTET_ENV=production" in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert all_rows() == before


@pytest.mark.parametrize(("name", "role"), ACCOUNTS.items())
def test_each_account_logs_in_and_has_its_role(demo, api, name, role):
    credentials = {"email": f"{name}@example.com", "password": PASSWORD}
    response = api.post("/auth/login", credentials)
    assert response.status_code == 200
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {response.json()['access_token']}")
    me = api.get("/auth/me").json()
    assert me["name"] == name
    assert me["roles"] == ([role] if role else [])


def test_passwords_of_equal_text_are_hashed_with_salts_of_their_own(demo):
    assert len(set(User.objects.values_list("password", flat=True))) == len(ACCOUNTS)


def test_only_staff_may_enter_the_admin(demo, client):
    client.force_login(account("ada"))
    assert client.get("/admin/").status_code == 302
    client.force_login(account("staff"))
    assert client.get("/admin/orders/order/").status_code == 200


@pytest.mark.parametrize(
    ("name", "actors", "movies"),
    [("assistant", 403, 403), ("director", 200, 403), ("producer", 200, 200)],
)
def test_roles_of_the_agency_may_do_their_work(demo, client_of, name, actors, movies):
    client = client_of(account(name))
    assert client.get("/movies").status_code == 200
    actor = {"name": "Matthew", "age": 56, "gender": "male"}
    assert client.post("/actors", actor, format="json").status_code == actors
    movie = {"title": "Interstellar", "release_date": "2014-11-07", "actors": []}
    assert client.post("/movies", movie, format="json").status_code == movies


@pytest.mark.parametrize(
    ("url", "key", "rows"),
    [
        ("/actors", "actors", 58),
        ("/movies", "movies", 30),
        ("/bucketlists/", None, 4),
        ("/books", "Book", 17),
        ("/authors", "Author", 12),
        ("/orders", "Order", 4),
        ("/api/v2/orders", "Order", 4),
        ("/api/v2/jobs", "Job", 3),
        ("/invoices", "Invoice", 2),
        ("/invoice-items", "InvoiceItem", 4),
        ("/api/user?page[size]=50", "data", 4),
        ("/api/video?page[size]=50", "data", 15),
        ("/api/playlist?page[size]=50", "data", 4),
    ],
)
def test_every_list_shows_demo_data(demo, client_of, url, key, rows):
    ada = account("ada")
    ada.groups.set(account("assistant").groups.all())
    body = client_of(ada).get(url).json()
    assert len(body[key] if key else body) == rows


def depth(tree: dict) -> int:
    return 1 + max(map(depth, tree.values())) if tree else 0


def test_adas_goals_are_a_tree_of_five_levels(demo, api):
    tree = api.get("/v1.0/goals").json()
    assert depth(tree["ada"]) == 5
    assert tree["bob"]
    for name in ("ada", "bob"):
        goals = Goal.objects.filter(user__name=name)
        assert goals.filter(end=None)
        assert goals.exclude(end=None)
    for goal in Goal.objects.all():
        goal.full_clean()


def test_casts_are_of_two_to_four_actors_and_nobody_is_idle(demo):
    for movie in Movie.objects.for_api():
        assert 2 <= len(movie.actors.all()) <= 4, movie
    assert not Actor.objects.filter(movies=None)


def test_authors_begin_as_in_the_dbbase_guide(demo):
    authors = [author.full_name for author in Author.objects.order_by("pk")[:3]]
    assert authors == ["Geoffrey Cooper", "Serope Kalpakjian", "Steven Skiena"]
    books = Book.objects.order_by("pk")[:5].values_list("pub_year", flat=True)
    assert list(books) == [2004, 2006, 2015, 2018, 2013]
    # The guide itself posts this one.
    assert not Book.objects.filter(title="The Algorithm Design Manual")


def test_some_videos_belong_to_accounts(demo):
    assert Video.objects.owned_by(account("ada")).count() == 3
    assert Playlist.objects.owned_by(account("bob")).count() == 2
    assert Playlist.objects.get(pk="demo-playlist-open-movies").videos.count() == 8


def test_orders_and_jobs_are_in_every_state(demo):
    assert {order.status for order in Order.objects.all()} == set(Order.Status)
    assert {job.status for job in Job.objects.all()} == set(Job.Status)
    assert all(job.error for job in Job.objects.filter(status=Job.Status.FAILED))


def test_only_the_queued_job_waits_for_a_worker(demo):
    job = Job.objects.queued().get()
    task = DBTaskResult.objects.get(task_path=run_job.module_path)
    assert task.args_kwargs["args"] == [job.pk, 0]
    run_job.call(job.pk, job.fence)
    job.refresh_from_db()
    assert job.status == Job.Status.FINISHED
    assert str(job.invoice.total) == "55.90"


def test_invoices_are_those_of_fulfilled_orders_and_two_more(demo):
    totals = {str(invoice.total) for invoice in Invoice.objects.exclude(job=None)}
    assert totals == {"727.50", "144.98"}
    totals = {str(invoice.total) for invoice in Invoice.objects.filter(job=None)}
    assert totals == {"622.64", "100.01", "66.66", "27.00"}
    billed = Order.objects.filter(jobs__invoice__isnull=False)
    assert set(billed) == set(Order.objects.filter(status=Order.Status.FULFILLED))


def test_a_reset_restores_the_demo_rows_and_keeps_those_of_others(bob):
    User.objects.filter(pk=bob.pk).update(email="carol@example.com", name="carol")
    Goal.objects.create(user=bob, name="Learn to whistle")
    Actor.objects.create(name="Tom Hanks", age=40, gender="male")
    call_command("demo", verbosity=0)
    before, others = demo_texts(), User.objects.count()
    Goal.objects.filter(name="Get a boat").delete()
    Goal.objects.create(user=account("ada"), name="Another one")
    Movie.objects.get(title="Titanic").delete()
    Movie.objects.get(title="Alien").actors.clear()
    Video.objects.filter(pk="demo-video-sintel").update(title="Lentis")
    Playlist.objects.get(pk="demo-playlist-open-movies").videos.clear()
    Book.objects.update(title="?")
    account("director").delete()
    Movie.objects.create(title="Her own", release_date="2020-02-02")

    call_command("demo", reset=True, interactive=False, verbosity=0)

    assert User.objects.count() == others
    assert Movie.objects.filter(title="Her own").delete()[0] == 1
    assert demo_texts() == before
    assert Goal.objects.filter(user=bob).count() == 1
    assert Actor.objects.get(name="Tom Hanks", age=40)


def demo_texts() -> list[object]:
    """Return what people see of the rows that a reset restores."""
    playlists = Playlist.objects.order_by("pk")
    return [
        sorted(Goal.objects.values_list("user__email", "name", "status")),
        sorted(Actor.objects.values_list("name", "age")),
        sorted(Movie.objects.values_list("title", "actors__name")),
        sorted(Video.objects.values_list("pk", "title", "author")),
        [[video.pk for video in each.videos.all()] for each in playlists],
        sorted(Book.objects.values_list("pk", "title", "author")),
        sorted(Order.objects.values_list("description", "owner__email")),
        sorted(User.objects.values_list("email", "groups__name")),
    ]


@pytest.mark.parametrize("answer", ["", "n", "no", "?"])
def test_a_reset_asks_first(demo, monkeypatch, answer):
    before = all_rows()
    monkeypatch.setattr("builtins.input", lambda question: answer)
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("demo", "--reset")
    assert all_rows() == before


def test_a_reset_refuses_in_production_before_it_deletes(demo, settings):
    settings.PRODUCTION = True
    before = all_rows()
    with pytest.raises(CommandError):
        call_command("demo", reset=True, interactive=False)
    assert all_rows() == before
