"""Users of old systems whose email address is none, or stands for a missing one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.core.validators import validate_email
from django.utils import timezone

from accounts.mails import send_account_mail
from accounts.models import User
from accounts.normal_forms import normalize_email
from accounts.old_passwords import stored_password
from accounts.placeholders import placeholder_address
from orders.mails import sweep_mails
from orders.models import Job
from orders.services import start_job
from tests.accounts.test_passwords import run_tasks
from tests.accounts.test_trace import user_form
from tests.orders.factories import InvoiceFactory, OrderFactory
from tests.support.factories import PASSWORD, UserFactory
from tests.support.jobs import run

PLACEHOLDER = "ada+over-achiever-2@imported.invalid"
ADDRESSES = [
    "no-at-sign.example.com",
    f"{'a' * 242}@example.com",
    "müller@exämple.de",
    "ﬁnªl@example.com",
    "two words@example.com",
    "a@b@example.com",
    PLACEHOLDER,
]


@pytest.mark.parametrize("blanks", ["", " "])
@pytest.mark.parametrize("email", ADDRESSES)
def test_any_old_address_logs_in_everywhere(api, client, db, email, blanks):
    user = UserFactory.create(email=email, is_staff=True)
    sent = f"{blanks}{email}{blanks}"

    body = {"email": sent, "password": PASSWORD}
    assert api.post("/auth/login", body).json()["user_id"] == user.pk
    for url in ("/session/login/", "/admin/login/"):
        form = {"username": sent, "password": PASSWORD, "next": "/books"}
        response = client.post(url, form)
        assert (response.status_code, response.headers["Location"]) == (302, "/books")
        client.logout()


def test_a_longer_spelling_of_an_address_logs_in(api, db):
    UserFactory.create(email=f"{'é' * 242}@example.com")
    body = {"email": "e\u0301" * 242 + "@example.com", "password": PASSWORD}

    assert api.post("/auth/login", body).status_code == 200


def test_the_admin_logs_in_staff_only(client, ada):
    form = {"username": ada.email, "password": PASSWORD}
    assert client.post("/admin/login/", form).status_code == 200


@pytest.mark.parametrize(
    ("local", "source", "old_id", "address"),
    [
        ("ada", "over-achiever", 2, PLACEHOLDER),
        ("", "Bucket Lists", 7, "user+bucket-lists-7@imported.invalid"),
        ("日本", "goals", 7, "user+goals-7@imported.invalid"),
        (" Ada Müller. ", "goals", 1, "ada-muller+goals-1@imported.invalid"),
        ("a..b@\0c\n", "goals", 1, "a-b-c+goals-1@imported.invalid"),
        ("x" * 300, "goals", 1, f"{'x' * 229}+goals-1@imported.invalid"),
    ],
)
def test_a_placeholder_is_a_valid_address_in_its_normal_form(
    local, source, old_id, address
):
    assert placeholder_address(local, source, old_id) == address
    assert normalize_email(address) == address
    assert len(address) <= 254
    validate_email(address)


@pytest.mark.parametrize(
    ("email", "is_real"),
    [
        ("ada@example.com", True),
        ("müller@exämple.de", True),
        ("ada@sub.imported.invalid", True),
        (PLACEHOLDER, False),
        ("x@IMPORTED.invalid", False),
        ("no-at-sign.example.com", False),
        ("@example.com", False),
        ("ada@", False),
    ],
)
def test_which_addresses_receive_email(email, is_real):
    assert User(email=email).has_real_address is is_real


@pytest.mark.parametrize("email", [PLACEHOLDER, "no-at-sign.example.com"])
def test_without_a_real_address_no_email_is_sent(api, db, settings, email):
    settings.QUINTET_REGISTRATION = "strict"
    user = UserFactory.create(email=email)
    body = {"email": email, "password": PASSWORD}
    statuses = {api.post("/auth/password/reset", body).status_code}
    statuses.add(api.post("/auth/register", body).status_code)
    for template in ("reset_link", "existing_account"):
        send_account_mail.call(template, email, "https://example.com/")
    start_job(order=OrderFactory(owner=user, description="x"))
    run(Job.objects.get().pk)
    run_tasks()

    assert statuses <= {202, 400}
    assert Job.objects.get().status == Job.Status.FINISHED
    assert Job.objects.get().mail_due_at is None
    assert mail.outbox == []


def test_an_address_that_became_a_placeholder_gets_no_confirmation(ada):
    start_job(order=OrderFactory(owner=ada, description="x"))
    run(Job.objects.get().pk)
    mail.outbox.clear()
    User.objects.update(email=PLACEHOLDER)
    Job.objects.update(mail_due_at=timezone.now() - timedelta(seconds=1))
    sweep_mails()
    run_tasks()

    assert mail.outbox == []
    assert Job.objects.get().mail_due_at is None


@pytest.mark.parametrize("registration", ["open", "strict"])
@pytest.mark.parametrize(
    "email", [PLACEHOLDER, "X@Imported.INVALID", "x@imported\u3002invalid"]
)
def test_nobody_registers_a_placeholder(api, db, settings, email, registration):
    settings.QUINTET_REGISTRATION = registration
    body = {"email": email, "password": PASSWORD}
    refused = api.post("/auth/register", body)

    assert refused.status_code == 400
    text = "Addresses of imported.invalid can't be registered."
    assert text in refused.json()["message"]
    if registration == "open":
        response = api.post("/v1.0/users", {"name": "x", **body})
        assert response.status_code == 400
        assert text in response.content.decode()
    assert not User.objects.exists()


def test_the_admin_shows_whether_the_address_is_real(admin_client, ada):
    def page() -> str:
        url = f"/admin/accounts/user/{ada.pk}/change/"
        text = admin_client.get(url).content.decode()
        start = text.index("Real email address")
        return text[start : start + 300]

    assert 'alt="True"' in page()
    User.objects.filter(pk=ada.pk).update(email=PLACEHOLDER)
    assert 'alt="False"' in page()


@pytest.mark.parametrize("email", ["no-at-sign.example.com", "müller@exämple.de"])
def test_the_admin_saves_a_user_with_an_old_address(admin_client, ada, email):
    User.objects.filter(pk=ada.pk).update(email=email)
    url = f"/admin/accounts/user/{ada.pk}/change/"

    form = user_form(ada, email=email, name="Ada L.")
    assert admin_client.post(url, form).status_code == 302
    assert User.objects.get(pk=ada.pk).name == "Ada L."
    refused = admin_client.post(url, form | {"email": "another.example.com"})
    assert "Enter a valid email address." in refused.content.decode()


def test_a_user_without_a_password_can_ask_for_a_link_to_set_one(api, db, settings):
    settings.PASSWORD_HASHERS = settings.PASSWORD_HASHERS[1:]
    user = UserFactory.create(email="ada@example.com")
    User.objects.filter(pk=user.pk).update(password=stored_password(None).encoded)
    api.post("/auth/password/reset", {"email": user.email})
    run_tasks()

    assert [sent.to for sent in mail.outbox] == [["ada@example.com"]]


def test_an_invoice_does_not_show_a_placeholder(db):
    user = UserFactory.create(name="ada", email=PLACEHOLDER)
    invoice = InvoiceFactory.create(user=user)

    assert invoice.customer == ["ada"]


def test_a_customer_may_be_named_like_a_placeholder(db):
    invoice = InvoiceFactory.create(user=UserFactory.create(name=PLACEHOLDER))

    assert invoice.customer == [PLACEHOLDER, invoice.user.email]
