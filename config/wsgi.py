"""The WSGI application, for any WSGI server: `config.wsgi:application`."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from config.wsgi_wrapper import prepare_requests

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = prepare_requests(get_wsgi_application())

# It needs Django to be set up.
from accounts.checks import refuse_demo_accounts  # noqa: E402

refuse_demo_accounts()
