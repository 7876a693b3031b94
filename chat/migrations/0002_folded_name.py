from django.db import migrations, models


def fold(apps, schema_editor):
    for room in apps.get_model("chat", "Room").objects.filter(kind="public"):
        room.folded_name = room.name.casefold()
        room.save(update_fields=["folded_name"])


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0001_initial'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='room',
            name='public_room_name_in_any_case',
        ),
        migrations.AddField(
            model_name='room',
            name='folded_name',
            field=models.CharField(blank=True, editable=False, error_messages={'unique': 'There is a room of that name already.'}, help_text="A public room's name in no letter case.", max_length=180, null=True, unique=True),
        ),
        migrations.RunPython(fold, migrations.RunPython.noop),
    ]
