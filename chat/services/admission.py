"""Checks of nested apps that can refuse posts, for example sanctions, slow mode or quotas."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chat.exceptions import ChatError
from chat.services.posts import Post

# Returns the errors of the posts that it refuses, by `Post.key`. It is called once for each batch
# of posts, within their transaction and with the rooms locked. It should cost nothing while no rule
# applies to any of the posts.
Check = Callable[[Sequence[Post]], Mapping[tuple[Any, Any], ChatError]]

_checks: list[Check] = []


def register(check: Check) -> None:
    _checks.append(check)


def unregister(check: Check) -> None:
    _checks.remove(check)


def refusals(posts: Sequence[Post]) -> dict[tuple[Any, Any], ChatError]:
    found: dict[tuple[Any, Any], ChatError] = {}
    for check in _checks:
        found |= check(posts)
    return found
