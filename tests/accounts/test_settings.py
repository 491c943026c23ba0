from __future__ import annotations

import pytest

from tests.config.test_settings import manage


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"QUINTET_REGISTRATION": "shut"}, "QUINTET_REGISTRATION='shut' is invalid"),
        ({"QUINTET_LOGIN_LIMIT": "0"}, "QUINTET_LOGIN_LIMIT='0' is invalid"),
        ({"QUINTET_ADDRESS_LIMIT": "-1"}, "QUINTET_ADDRESS_LIMIT='-1' is invalid"),
        ({"QUINTET_LIMIT_SECONDS": "0"}, "QUINTET_LIMIT_SECONDS='0' is invalid"),
        ({"PASSWORD_RESET_SECONDS": "1"}, "PASSWORD_RESET_SECONDS='1' is invalid"),
        ({"TRUSTED_PROXIES": "1"}, "TRUSTED_PROXIES needs BEHIND_PROXY=1"),
        ({"QUINTET_PUBLIC_URL": "api.example.com"}, "QUINTET_PUBLIC_URL must be"),
        ({"QUINTET_PUBLIC_URL": "https://x.y/z"}, "QUINTET_PUBLIC_URL must be"),
    ],
)
def test_a_bad_value_is_refused_at_the_start(change, text):
    run = manage("check", **change)

    assert run.returncode != 0
    assert text in run.stderr


@pytest.mark.parametrize(
    ("environment", "count"),
    [
        ({}, "0"),
        ({"BEHIND_PROXY": "1"}, "1"),
        ({"BEHIND_PROXY": "1", "TRUSTED_PROXIES": "2"}, "2"),
        ({"BEHIND_PROXY": "1", "TRUSTED_PROXIES": "0"}, "0"),
    ],
)
def test_a_proxy_is_trusted_where_there_is_one(environment, count):
    code = "from django.conf import settings; print(settings.TRUSTED_PROXIES)"
    run = manage("shell", "--no-imports", "-c", code, **environment)

    assert run.stdout.strip() == count
