"""Users whose primary key is not supported."""

from presence.checks import check


def test_it_is_reported():
    [message] = check()
    assert message.id == "presence.E006"
    assert "users.BytesUser is a BinaryField" in message.msg
    assert "UUID" in message.hint
