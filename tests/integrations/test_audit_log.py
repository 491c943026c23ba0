"""django-auditlog sees every write, with nothing but the settings that it asks for."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.support.service_processes import OWN_FILE, ROOT, environment
from tests.support.write_routes import ROUTES


@OWN_FILE
def test_every_write_route_leaves_an_entry(tmp_path):
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:randomly"),
            *("--ds=tests.integrations.audit_settings",),
            "tests/integrations/audited_writes.py",
        ],
        cwd=ROOT,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-5000:]
    passed = re.search(r"^(\d+) passed", done.stdout, re.MULTILINE)
    assert passed
    assert int(passed[1]) > len(ROUTES) - 5
