"""The static files of a site in production."""

import os
import re
import subprocess
import sys

from tests.site import ROOT, site_environment


def test_collected_bundles_have_hashed_names_and_import_each_other(tmp_path, db):
    environment = {**os.environ, **site_environment(), "DEBUG": "False"}
    command = [sys.executable, "manage.py", "collectstatic", "--no-input", "-v", "0"]
    environment |= {"STATIC_ROOT": str(tmp_path), "DJANGO_SETTINGS_MODULE": "chatsite.settings"}
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    folder = tmp_path / "chat" / "bundles"
    [early], [main] = (
        [file.name for file in folder.iterdir() if re.fullmatch(pattern, file.name)]
        for pattern in (r"early\.\w{12}\.js", r"main\.\w{12}\.js")
    )
    imported = re.search(r'from "\./(.+?)"', (folder / main).read_text())
    assert imported.group(1) == early
    assert (folder / f"{main}.br").exists() or (folder / f"{main}.gz").exists()
