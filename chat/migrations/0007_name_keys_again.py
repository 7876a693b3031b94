"""More characters look alike, so the keys of names are written again."""

from django.db import migrations

from chat.names import rules


def claim(apps, schema_editor):
    """Of several with names that look alike, the oldest has the keys."""
    keys = apps.get_model("chat", "RoomNameKey").objects
    keys.all().delete()
    for room in apps.get_model("chat", "Room").objects.filter(kind="public").order_by("pk"):
        for key in rules.keys(room.name):
            keys.get_or_create(key=key, defaults={"owner": room})


class Migration(migrations.Migration):

    dependencies = [
        ("chat", "0006_reset_version"),
    ]

    operations = [
        migrations.RunPython(claim, migrations.RunPython.noop),
    ]
