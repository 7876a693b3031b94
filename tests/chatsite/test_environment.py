"""Settings from the environment; an error names the variable."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from chatsite.environment import Environment

SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": "a folder with # and ?/db.sqlite3"}


@pytest.fixture
def environment(monkeypatch):
    def make(**variables: str) -> Environment:
        env = Environment()
        monkeypatch.setattr(env, "ENVIRON", variables)
        return env

    return make


def test_an_invalid_number_is_refused(environment):
    with pytest.raises(ImproperlyConfigured, match=r"MINUTES must be a number, not 'soon'"):
        environment(MINUTES="soon").int("MINUTES")


def test_a_database_is_sqlite_by_default_in_any_folder(environment):
    assert environment().database("DATABASE_URL", SQLITE) == SQLITE
    assert environment(DATABASE_URL="").database("DATABASE_URL", SQLITE) == SQLITE


def test_a_database_by_its_address(environment):
    env = environment(DATABASE_URL="postgres://alice:secret@db.example.org:5433/chat")
    database = env.database("DATABASE_URL", SQLITE)
    assert database["ENGINE"] == "django.db.backends.postgresql"
    assert (database["HOST"], database["PORT"], database["NAME"]) == (
        "db.example.org", 5433, "chat",
    )  # fmt: skip


@pytest.mark.filterwarnings("ignore:Engine not recognized")
@pytest.mark.parametrize("url", ["db.sqlite3", "nosql://there/db", "postgres://there:port/db"])
def test_an_invalid_database_is_refused(environment, url):
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        environment(DATABASE_URL=url).database("DATABASE_URL", SQLITE)


def test_an_invalid_mail_server_is_refused(environment):
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL"):
        environment(EMAIL_URL="carrier-pigeon").email("EMAIL_URL", "consolemail://")


@pytest.mark.parametrize(
    "variable", [{"ONLINE_LAST_MINUTES": "soon"}, {"DATABASE_URL": "x"}, {"TIME_ZONE": "Mars"}]
)
def test_manage_py_reports_it_in_one_line(command, variable):
    manage = command("manage.py", "check", PYTHONWARNINGS="ignore", **variable)
    assert manage.exit_code() == 1
    (line,) = manage.lines
    assert line.startswith("A setting cannot be used. ")


def test_the_server_reports_missing_settings(command):
    server = command("-m", "chatsite.server", DEBUG="False")
    assert server.exit_code() == 1
    printed = "\n".join(server.lines)
    assert "chatsite.E001" in printed
    assert "chatsite.E002" in printed
    assert "chatsite.E007" in printed
    assert "Traceback" not in printed
