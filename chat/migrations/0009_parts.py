from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0008_mentions'),
    ]

    operations = [
        migrations.AddField(
            model_name='message',
            name='parts',
            field=models.JSONField(default=list, help_text='What nested apps add to it: [{"kind": "file", "id": 3}]'),
        ),
    ]
