from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, router, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat import users
from chat.names.field import NameField, cleaned
from chat.names.former_member import FORMER_MEMBER
from chat.names.keys import NameKey
from chat.querysets import PrimaryManager, PrimaryQuerySet

BODY_MAX_CHARACTERS = 4000
ROOM_NAME_MAX_CHARACTERS = 60
ROOM_TOPIC_MAX_CHARACTERS = 200
DIRECT_KEY_MAX_CHARACTERS = 2000  # of ASCII: PostgreSQL indexes at most 2,700 bytes
NAME_TAKEN = _("A room with this or a similar name already exists. Choose another name.")


class RoomQuerySet(PrimaryQuerySet):
    def with_member(self, user) -> "RoomQuerySet":
        """Returns the rooms that `user` is a member of."""
        return self.filter(memberships__user=user)

    def writable(self) -> "RoomQuerySet":
        return self.filter(archived_at=None, deleted_at=None)

    def visible_to(self, user) -> "RoomQuerySet":
        """Returns the rooms that `user` can see: public rooms, and those that they are a member of.
        A deactivated user, who may still have an open socket, sees none."""
        own_membership = Membership.objects.filter(room=models.OuterRef("pk"), user=user)
        active = users.active().filter(pk=user.pk)
        return self.filter(
            Q(kind=Room.Kind.PUBLIC) | models.Exists(own_membership), models.Exists(active)
        )


class Room(models.Model):
    class Kind(models.TextChoices):
        PUBLIC = "public", _("Public")
        PRIVATE = "private", _("Private")
        DIRECT = "direct", _("Direct")

    kind = models.CharField(_("kind"), max_length=7, choices=Kind, default=Kind.PUBLIC)
    name = NameField(_("name"), max_length=ROOM_NAME_MAX_CHARACTERS, blank=True)
    # Folded by Unicode's rules, which SQLite's LOWER does not support.
    folded_name = models.CharField(
        max_length=ROOM_NAME_MAX_CHARACTERS * 3,
        null=True,
        blank=True,
        editable=False,
        help_text="The case-folded name of a public room.",
    )
    topic = NameField(_("topic"), max_length=ROOM_TOPIC_MAX_CHARACTERS, blank=True)
    is_default = models.BooleanField(
        _("is default"), default=False, help_text=_("New users are added to it.")
    )
    direct_key = models.CharField(
        max_length=DIRECT_KEY_MAX_CHARACTERS,
        null=True,
        blank=True,
        unique=True,
        editable=False,
        help_text="The user ids of a direct conversation, ascending: 3:9",
    )
    head = models.PositiveBigIntegerField(
        _("head"), default=0, help_text=_("The number of the latest change.")
    )
    post_count = models.PositiveBigIntegerField(
        default=0, editable=False, help_text="The number of messages, including deleted ones."
    )
    reset_version = models.PositiveBigIntegerField(
        default=0,
        editable=False,
        help_text="Pages that know a lower version load the room again: changes were lost.",
    )
    archived_at = models.DateTimeField(
        _("archived at"), null=True, blank=True, help_text="Set if it is archived."
    )
    deleted_at = models.DateTimeField(
        null=True, blank=True, help_text="The worker deletes its messages, then the room itself."
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("created by"),
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("created at"), db_default=Now())

    objects = RoomQuerySet.as_manager()

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")

    def __str__(self) -> str:
        return self.name or f"{self.get_kind_display()} {self.direct_key or self.pk}"

    def save(self, *args, **kwargs) -> None:
        """Raises ValidationError if the name looks like that of another public room."""
        self.name = cleaned(self.name)
        self.fold_name()
        fields = kwargs.get("update_fields")
        with transaction.atomic(using=router.db_for_write(Room)):
            super().save(*args, **kwargs)
            if fields is None or "folded_name" in fields:
                self._claim_name()

    def _claim_name(self) -> None:
        owned = [self.name] if self.folded_name is not None else []
        RoomNameKey.claim(self, owned, ValidationError({"name": NAME_TAKEN}))

    def clean(self) -> None:
        self.fold_name()

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        super().validate_constraints(exclude)
        if self.folded_name is not None and RoomNameKey.is_taken(self, self.name):
            raise ValidationError({"name": NAME_TAKEN})

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None

    @property
    def is_group(self) -> bool:
        """Returns whether it is a direct conversation of more than two people."""
        return self.direct_key is not None and len(users.split_ids(self.direct_key)) > 2

    def fold_name(self) -> None:
        self.folded_name = self.name.casefold() if self.kind == self.Kind.PUBLIC else None


class RoomNameKey(NameKey):
    """A key of the name of a public room."""

    owner = models.ForeignKey(Room, models.CASCADE, related_name="name_keys")

    objects = PrimaryManager()


class Membership(models.Model):
    room = models.ForeignKey(
        Room, models.CASCADE, verbose_name=_("room"), related_name="memberships"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, verbose_name=_("user"), related_name="+"
    )
    is_owner = models.BooleanField(_("is owner"), default=False)
    favourite_position = models.PositiveIntegerField(
        null=True, blank=True, help_text="Its place among the user's favourites, if it is one."
    )
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The user who added this one, until this one opens the room.",
    )
    last_read_seq = models.PositiveBigIntegerField(
        default=0, help_text="The seq of the last message that the user has read."
    )
    last_read_post = models.PositiveBigIntegerField(
        default=0, editable=False, help_text="The post_number of that message."
    )
    draft = models.TextField(blank=True)
    draft_at = models.PositiveBigIntegerField(
        default=0, help_text="When it was typed, in milliseconds since 1970."
    )
    draft_reply_seq = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="The seq of the message that it replies to."
    )
    joined_at = models.DateTimeField(_("joined at"), db_default=Now())

    objects = PrimaryManager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["room", "user"], name="one_membership_per_room"),
        ]

    def __str__(self) -> str:
        return gettext("{user} in {room}").format(user=self.user, room=self.room)

    @property
    def is_favourite(self) -> bool:
        return self.favourite_position is not None


class MessageQuerySet(PrimaryQuerySet):
    def visible_to(self, user) -> "MessageQuerySet":
        return self.filter(room__in=Room.objects.visible_to(user))


class Message(models.Model):
    """A message. `seq` is the number of its post, `version` that of its latest change; both come
    from the room's `head`. `html` is rendered and sanitized when the body is written."""

    room = models.ForeignKey(
        Room, models.CASCADE, verbose_name=_("room"), related_name="messages", db_index=False
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        verbose_name=_("author"),
        null=True,
        related_name="+",
        db_index=False,
        help_text=_("None if the account was deleted."),
    )
    client_id = models.UUIDField()
    seq = models.PositiveBigIntegerField(_("seq"))
    version = models.PositiveBigIntegerField(_("version"))
    post_number = models.PositiveBigIntegerField(help_text="1 for the first message of the room.")
    body = models.TextField(_("body"), blank=True)
    html = models.TextField(blank=True)
    mentions = models.JSONField(
        default=list, help_text="The ids of mentioned users, as sent to clients."
    )
    parts = models.JSONField(
        default=list, help_text='The parts of nested apps: [{"kind": "file", "id": 3}]'
    )
    reply_to = models.ForeignKey(
        "self",
        models.SET_NULL,
        verbose_name=_("reply to"),
        null=True,
        blank=True,
        related_name="replies",
    )
    reactions = models.JSONField(_("reactions"), default=dict, help_text=_('{"👍": [user ids]}'))
    created_at = models.DateTimeField(_("created at"))
    edited_at = models.DateTimeField(_("edited at"), null=True, blank=True)
    deleted = models.BooleanField(_("deleted"), default=False)

    affects_counts = True  # False if this change does not affect unread counts
    was_changed = True  # False if a requested change was already there
    shown_parts: Any = None  # {position: (HTML, JSON)}, set by rendering.parts

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(fields=["author", "client_id"], name="a_post_is_written_once"),
            models.UniqueConstraint(fields=["room", "seq"], name="seq_is_a_place_in_history"),
            models.UniqueConstraint(fields=["room", "version"], name="a_version_is_one_change"),
        ]
        indexes = [  # to count the messages that are not counted as unread
            models.Index(fields=["room", "author", "seq"], name="own_messages"),
            models.Index(
                fields=["room", "seq"], condition=Q(deleted=True), name="deleted_messages"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.room}#{self.seq}"

    @property
    def shown_author(self) -> Any:
        """Returns the author, or FORMER_MEMBER if the account was deleted."""
        return self.author or FORMER_MEMBER


class Mention(models.Model):
    """A mention of a user other than the author. `room` and `seq` are those of the message."""

    class Kind(models.TextChoices):
        NAME = "name"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False
    )
    room = models.ForeignKey(Room, models.CASCADE, related_name="+")
    message = models.ForeignKey(Message, models.CASCADE, related_name="+", db_index=False)
    seq = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=4, choices=Kind, default=Kind.NAME)

    objects = PrimaryManager()

    class Meta:
        verbose_name = _("mention")
        verbose_name_plural = _("mentions")
        constraints = [
            models.UniqueConstraint(fields=["message", "user"], name="one_mention_in_a_message"),
        ]
        indexes = [models.Index(fields=["user", "room", "seq"], name="mentions_of_a_person")]

    def __str__(self) -> str:
        return gettext("{user} in {room}").format(user=self.user, room=self.message)
