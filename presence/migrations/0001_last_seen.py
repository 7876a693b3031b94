import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='LastSeen',
            fields=[
                ('user', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('seen_at', models.DateTimeField(db_index=True, verbose_name='seen at')),
                ('is_online', models.BooleanField(db_index=True, default=False, editable=False)),
            ],
            options={
                'verbose_name': 'last seen',
                'verbose_name_plural': 'last seen',
            },
        ),
    ]
