"""Writes the keys of names again, since more characters now count as similar."""

from django.db import migrations

from chat.names import rules


def claim(apps, schema_editor):
    """Writes the keys. If several names look alike, the oldest gets them."""
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
