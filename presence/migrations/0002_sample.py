from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('presence', '0001_last_seen'),
    ]

    operations = [
        migrations.CreateModel(
            name='Sample',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(unique=True, verbose_name='at')),
                ('minutes', models.PositiveSmallIntegerField(default=1, verbose_name='minutes')),
                ('people', models.PositiveIntegerField(verbose_name='people')),
            ],
            options={
                'verbose_name': 'sample',
                'verbose_name_plural': 'samples',
            },
        ),
    ]
