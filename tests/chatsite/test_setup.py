"""scripts/setup on machines without something: each is a PATH of stub programs, in a folder with a
space in its name."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.chatsite.processes import ROOT

TOOLS = ["sh", "dirname", "cmp", "rm", "cp", "mkdir", "cat", "chmod", "touch", "true"]

# A Python that can create a .venv, whose own Python records the arguments of pip.
PYTHON = """#!/bin/sh
case "$1 $2" in
"-V "*) echo "Python 3.11.2" ;;
"-c import ensurepip"*) [ -e "$HAS_VENV" ] ;;
"-m venv") mkdir -p "$3/bin"; cat >"$3/bin/python" <<'end'
#!/bin/sh
[ "$2 $3" = "pip install" ] && echo "$@" >>"$PIP_LOG"
true
end
chmod +x "$3/bin/python" ;;
esac
"""
OLD_PYTHON = """#!/bin/sh
[ "$1" = -V ] && echo "Python 3.9.2" && exit
exit 1
"""


class Machine:
    def __init__(self, folder: Path) -> None:
        self.bin, self.site = folder / "bin", folder / "my site"
        self.has_venv, self.pip_log = folder / "has venv", folder / "pip.log"
        self.bin.mkdir()
        for tool in TOOLS:
            (self.bin / tool).symlink_to(shutil.which(tool))
        (self.site / "scripts").mkdir(parents=True)
        shutil.copy(ROOT / "scripts" / "setup", self.site / "scripts")
        self.requires("django==5.2")

    def has(self, program: str, script: str) -> None:
        (self.bin / program).write_text(script)
        (self.bin / program).chmod(0o755)

    def has_python(self) -> None:
        self.has("python3", PYTHON)
        self.has_venv.touch()

    def is_used_by(self, uid: int) -> None:
        self.has("id", f"#!/bin/sh\necho {uid}\n")

    def requires(self, text: str) -> None:
        (self.site / "requirements.txt").write_text(text)

    def set_up(self) -> subprocess.CompletedProcess[str]:
        env = {"PATH": str(self.bin), "HAS_VENV": self.has_venv, "PIP_LOG": self.pip_log}
        command = [self.site / "scripts" / "setup", "requirements.txt"]
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)

    def installs(self) -> int:
        return len(self.pip_log.read_text().splitlines()) if self.pip_log.exists() else 0


@pytest.fixture
def machine(tmp_path) -> Machine:
    return Machine(tmp_path)


def refusal(result: subprocess.CompletedProcess[str]) -> str:
    """Returns the only line of the error."""
    assert result.returncode != 0
    (line,) = result.stderr.splitlines()
    return line


def test_setup_creates_an_environment_and_installs_once(machine):
    machine.has_python()
    assert machine.set_up().returncode == 0
    assert machine.installs() == 1
    assert machine.set_up().stdout == ""
    assert machine.installs() == 1


def test_changed_requirements_are_installed(machine):
    machine.has_python()
    machine.set_up()
    machine.requires("django==5.2.1")
    machine.set_up()
    assert machine.installs() == 2


def test_an_environment_without_its_python_is_created_again(machine):
    machine.has_python()
    machine.set_up()
    (machine.site / ".venv" / "bin" / "python").unlink()
    assert machine.set_up().returncode == 0
    assert machine.installs() == 2


def test_a_missing_python_is_reported(machine):
    assert "Python 3.11 or newer is missing" in refusal(machine.set_up())


def test_an_old_python_is_reported(machine):
    machine.has("python3", OLD_PYTHON)
    assert "python3 is Python 3.9.2" in refusal(machine.set_up())


def test_a_newer_python_next_to_an_old_one_is_found(machine):
    machine.has_python()
    (machine.bin / "python3").rename(machine.bin / "python3.12")
    machine.has("python3", OLD_PYTHON)
    assert machine.set_up().returncode == 0


def test_a_missing_venv_module_is_reported(machine):
    machine.has("python3", PYTHON)
    machine.is_used_by(uid=1000)
    machine.has("apt-get", "#!/bin/sh\nexit 0\n")
    assert "sudo apt install python3-venv" in refusal(machine.set_up())


def test_root_on_debian_installs_a_missing_venv_module(machine):
    machine.has("python3", PYTHON)
    machine.is_used_by(uid=0)
    machine.has("apt-get", '#!/bin/sh\ncase "$*" in *python3-venv) touch "$HAS_VENV" ;; esac\n')
    assert machine.set_up().returncode == 0
    assert machine.has_venv.exists()
    assert machine.installs() == 1


def test_a_venv_module_that_debian_does_not_have_is_reported(machine):
    machine.has("python3", PYTHON)
    machine.is_used_by(uid=0)
    machine.has("apt-get", "#!/bin/sh\nexit 100\n")
    assert "sudo apt install python3-venv" in refusal(machine.set_up())


def test_a_failed_installation_is_repeated(machine):
    machine.has_python()
    machine.set_up()
    python = machine.site / ".venv" / "bin" / "python"
    good = python.read_text()
    machine.requires("nothing-of-that-name")
    python.write_text('#!/bin/sh\n[ "$2 $3" = "pip install" ] && exit 1\ntrue\n')
    assert "pip could not install requirements.txt" in refusal(machine.set_up())
    python.write_text(good)
    assert machine.set_up().returncode == 0
    assert machine.installs() == 2
