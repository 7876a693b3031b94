"""More characters look alike, so the keys of names are written again."""

from django.db import migrations

from chat.names import rules


def claim(apps, schema_editor):
    """Of several with names that look alike, the oldest has the keys."""
    keys = apps.get_model("accounts", "PersonNameKey").objects
    keys.all().delete()
    for person in apps.get_model("accounts", "User").objects.order_by("pk"):
        for key in rules.keys(person.username) | rules.keys(person.name):
            keys.get_or_create(key=key, defaults={"owner": person})


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0008_name_keys"),
    ]

    operations = [
        migrations.RunPython(claim, migrations.RunPython.noop),
    ]
