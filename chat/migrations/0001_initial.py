import chat.names.field
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Room',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('public', 'Public'), ('private', 'Private'), ('direct', 'Direct')], default='public', max_length=7, verbose_name='kind')),
                ('name', chat.names.field.NameField(blank=True, max_length=60, verbose_name='name')),
                ('folded_name', models.CharField(blank=True, editable=False, help_text='The case-folded name of a public room.', max_length=180, null=True)),
                ('topic', chat.names.field.NameField(blank=True, max_length=200, verbose_name='topic')),
                ('is_default', models.BooleanField(default=False, help_text='New users are added to it.', verbose_name='is default')),
                ('direct_key', models.CharField(blank=True, editable=False, help_text='The user ids of a direct conversation, ascending: 3:9', max_length=2000, null=True, unique=True)),
                ('head', models.PositiveBigIntegerField(default=0, help_text='The number of the latest change.', verbose_name='head')),
                ('post_count', models.PositiveBigIntegerField(default=0, editable=False, help_text='The number of messages, including deleted ones.')),
                ('reset_version', models.PositiveBigIntegerField(default=0, editable=False, help_text='Pages that know a lower version load the room again: changes were lost.')),
                ('archived_at', models.DateTimeField(blank=True, help_text='Set if it is archived.', null=True, verbose_name='archived at')),
                ('deleted_at', models.DateTimeField(blank=True, help_text='The worker deletes its messages, then the room itself.', null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='created at')),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='created by')),
            ],
            options={
                'verbose_name': 'room',
                'verbose_name_plural': 'rooms',
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('client_id', models.UUIDField()),
                ('seq', models.PositiveBigIntegerField(verbose_name='seq')),
                ('version', models.PositiveBigIntegerField(verbose_name='version')),
                ('post_number', models.PositiveBigIntegerField(help_text='1 for the first message of the room.')),
                ('body', models.TextField(blank=True, verbose_name='body')),
                ('html', models.TextField(blank=True)),
                ('mentions', models.JSONField(default=list, help_text='The ids of mentioned users, as sent to clients.')),
                ('parts', models.JSONField(default=list, help_text='The parts of nested apps: [{"kind": "file", "id": 3}]')),
                ('reactions', models.JSONField(default=dict, help_text='{"👍": [user ids]}', verbose_name='reactions')),
                ('created_at', models.DateTimeField(verbose_name='created at')),
                ('edited_at', models.DateTimeField(blank=True, null=True, verbose_name='edited at')),
                ('deleted', models.BooleanField(default=False, verbose_name='deleted')),
                ('author', models.ForeignKey(db_index=False, help_text='None if the account was deleted.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='author')),
                ('reply_to', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='replies', to='chat.message', verbose_name='reply to')),
                ('room', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='chat.room', verbose_name='room')),
            ],
            options={
                'verbose_name': 'message',
                'verbose_name_plural': 'messages',
            },
        ),
        migrations.CreateModel(
            name='Mention',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seq', models.PositiveBigIntegerField()),
                ('kind', models.CharField(choices=[('name', 'Name')], default='name', max_length=4)),
                ('user', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('message', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='chat.message')),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='chat.room')),
            ],
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('is_owner', models.BooleanField(default=False, verbose_name='is owner')),
                ('last_read_seq', models.PositiveBigIntegerField(default=0, help_text='The seq of the last message that the user has read.')),
                ('last_read_post', models.PositiveBigIntegerField(default=0, editable=False, help_text='The post_number of that message.')),
                ('draft', models.TextField(blank=True)),
                ('draft_at', models.PositiveBigIntegerField(default=0, help_text='When it was typed, in milliseconds since 1970.')),
                ('draft_reply_seq', models.PositiveBigIntegerField(blank=True, help_text='The seq of the message that it replies to.', null=True)),
                ('joined_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='joined at')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='user')),
                ('room', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='chat.room', verbose_name='room')),
            ],
            options={
                'verbose_name': 'membership',
                'verbose_name_plural': 'memberships',
            },
        ),
        migrations.CreateModel(
            name='RoomNameKey',
            fields=[
                ('key', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='name_keys', to='chat.room')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(fields=['room', 'author', 'seq'], name='own_messages'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('deleted', True)), fields=['room', 'seq'], name='deleted_messages'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.UniqueConstraint(fields=('author', 'client_id'), name='a_post_is_written_once'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.UniqueConstraint(fields=('room', 'seq'), name='seq_is_a_place_in_history'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.UniqueConstraint(fields=('room', 'version'), name='a_version_is_one_change'),
        ),
        migrations.AddIndex(
            model_name='mention',
            index=models.Index(fields=['user', 'room', 'seq'], name='mentions_of_a_person'),
        ),
        migrations.AddConstraint(
            model_name='mention',
            constraint=models.UniqueConstraint(fields=('message', 'user'), name='one_mention_in_a_message'),
        ),
        migrations.AddConstraint(
            model_name='membership',
            constraint=models.UniqueConstraint(fields=('room', 'user'), name='one_membership_per_room'),
        ),
    ]
