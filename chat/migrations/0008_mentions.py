import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

NUMBER_MESSAGES = """UPDATE chat_message SET post_number = numbered.number FROM (
    SELECT id, ROW_NUMBER() OVER (PARTITION BY room_id ORDER BY seq) AS number FROM chat_message
) AS numbered WHERE numbered.id = chat_message.id"""
COUNT_MESSAGES = """UPDATE chat_room SET post_count = (
    SELECT COUNT(*) FROM chat_message WHERE chat_message.room_id = chat_room.id
)"""
NUMBER_READ_MESSAGES = """UPDATE chat_membership SET last_read_post = COALESCE((
    SELECT MAX(post_number) FROM chat_message
    WHERE chat_message.room_id = chat_membership.room_id
    AND chat_message.seq <= chat_membership.last_read_seq
), 0)"""


def write_mentions(apps, schema_editor) -> None:
    mention, message = apps.get_model("chat", "Mention"), apps.get_model("chat", "Message")
    app, model = settings.AUTH_USER_MODEL.split(".")
    people = set(apps.get_model(app, model).objects.values_list("pk", flat=True))
    for said in message.objects.exclude(mentions=[]).iterator():
        named = people.intersection(said.mentions) - {said.author_id}
        rows = (mention(user_id=pk, room_id=said.room_id, message=said, seq=said.seq) for pk in named)
        mention.objects.bulk_create(rows)


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0007_name_keys_again'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField('membership', 'draft', models.TextField(blank=True)),
        migrations.RenameField('membership', 'read', 'last_read_seq'),
        migrations.AddField(
            model_name='membership',
            name='last_read_post',
            field=models.PositiveBigIntegerField(default=0, editable=False, help_text='The post_number of that message.'),
        ),
        migrations.AddField(
            model_name='room',
            name='post_count',
            field=models.PositiveBigIntegerField(default=0, editable=False, help_text='How many messages were posted, deleted ones included.'),
        ),
        migrations.AddField(
            model_name='message',
            name='post_number',
            field=models.PositiveBigIntegerField(default=0, help_text='1 for the first message of the room.'),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name='message',
            name='mentions',
            field=models.JSONField(default=list, help_text='Ids of the people the body names, as clients are sent them.'),
        ),
        migrations.AddIndex('message', models.Index(fields=['room', 'author', 'seq'], name='own_messages')),
        migrations.AddIndex('message', models.Index(condition=models.Q(('deleted', True)), fields=['room', 'seq'], name='deleted_messages')),
        migrations.CreateModel(
            name='Mention',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seq', models.PositiveBigIntegerField()),
                ('kind', models.CharField(choices=[('name', 'Name')], default='name', max_length=4)),
                ('message', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='chat.message')),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='chat.room')),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['user', 'room', 'seq'], name='mentions_of_a_person')],
                'constraints': [models.UniqueConstraint(fields=('message', 'user'), name='one_mention_in_a_message')],
            },
        ),
        migrations.RunSQL([NUMBER_MESSAGES, COUNT_MESSAGES, NUMBER_READ_MESSAGES]),
        migrations.RunPython(write_mentions),
    ]
