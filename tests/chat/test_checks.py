"""The system check reports a database that lacks a feature that posting needs."""

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection

pytestmark = pytest.mark.django_db


def test_the_supported_databases_pass():
    call_command("check", databases=["default"])


def test_a_database_without_returning_is_refused(monkeypatch):
    monkeypatch.setattr(connection.features, "can_return_columns_from_insert", False)
    with pytest.raises(SystemCheckError, match=r"chat\.E001"):
        call_command("check", databases=["default"])
