from django.db import migrations, models


def mark_positions(apps, schema_editor):
    """Favourites of the same position are ordered by name, as all were before."""
    memberships = apps.get_model("chat", "Membership").objects.using(schema_editor.connection.alias)
    memberships.filter(is_favourite=True).update(favourite_position=0)


def unmark_positions(apps, schema_editor):
    memberships = apps.get_model("chat", "Membership").objects.using(schema_editor.connection.alias)
    memberships.filter(favourite_position__isnull=False).update(is_favourite=True)


class Migration(migrations.Migration):

    dependencies = [
        ("chat", "0003_added_by"),
    ]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="favourite_position",
            field=models.PositiveIntegerField(blank=True, help_text="Its place among the user's favourites, if it is one.", null=True),
        ),
        migrations.RunPython(mark_positions, unmark_positions),
        migrations.RemoveField(
            model_name="membership",
            name="is_favourite",
        ),
    ]
