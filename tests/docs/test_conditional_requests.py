"""The functions of docs/how-to/conditional-requests.md, beside another client."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

import pytest

from accounts.services import issue_tokens
from bucketlists.models import Bucketlist
from tests.support.guide_pages import blocks, page
from tests.support.service_processes import Service

CODE = {
    block.language: block.text for block in blocks(page("how-to/conditional-requests"))
}
# Another client changes the row between the first reading and writing.
MAIN = """
const [url, token] = process.argv.slice(2);
let calls = 0;
update(url, token, ({ name }) => {
  if (calls++ === 0) rival();
  return { name: `${name}!` };
}).then((row) => console.log(row.name, calls));
function rival() {
  const { execFileSync } = require("node:child_process");
  const header = `Authorization: Bearer ${token}`;
  execFileSync("curl", ["-s", "-X", "PATCH", url, "-H", header, "-d", "name=Rome"]);
}
"""


@pytest.fixture
def bucket_list(ada) -> Bucketlist:
    return Bucketlist.objects.create(name="Venice", created_by=ada)


def test_the_python_function_repeats_its_write(ada, bucket_list, service: Service):
    names: dict[str, Any] = {}
    exec(CODE["python"], names)
    token, read = issue_tokens(ada).access, []

    def change(row: dict[str, str]) -> dict[str, str]:
        read.append(row["name"])
        if len(read) == 1:
            headers = {"Authorization": f"Bearer {token}"}
            service.call("PATCH", path, {"name": "Rome"}, **headers)
        return {"name": row["name"] + "!"}

    path = f"/bucketlists/{bucket_list.pk}"
    stored = names["update"](service.address + path, token, change)

    assert read == ["Venice", "Rome"]
    assert stored["name"] == "Rome!"


@pytest.mark.skipif(not shutil.which("node"), reason="there is no Node.js")
def test_the_javascript_function_repeats_its_write(ada, bucket_list, service, tmp_path):
    script = tmp_path / "update.js"
    script.write_text(CODE["javascript"] + MAIN)
    url = f"{service.address}/bucketlists/{bucket_list.pk}"
    command = ["node", str(script), url, issue_tokens(ada).access]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)

    assert run.stdout.split() == ["Rome!", "2"], run.stderr
