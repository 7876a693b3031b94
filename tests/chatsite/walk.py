"""Visits the pages that a user finds, and sends their forms."""

from collections.abc import Iterable, Iterator
from urllib.parse import urljoin, urlsplit

from django.db import transaction
from django.test import Client
from django.urls import Resolver404, resolve

from tests.page_texts import PageParser

REDIRECTS = (301, 302)
# The reference of the API is in English: tests/chatsite/api/test_docs.py tests its page.
LEFT_OUT = {"account_logout", "api:openapi-view"}


class Walk:
    """Follows links to each view once. Sends each form once as it is, and once empty; what it
    changes is rolled back."""

    def __init__(self, client: Client, start: Iterable[str]) -> None:
        self.client = client
        self.addresses = list(start)
        self.seen: set[tuple] = set()

    def pages(self) -> Iterator[tuple[str, str]]:
        """Yields (request, HTML) of each page."""
        for address in self.addresses:
            yield from self.page(address)

    def page(self, address: str) -> Iterator[tuple[str, str]]:
        response = self.client.get(address)
        if response.status_code in REDIRECTS:
            self.follow(urljoin(address, response.headers["Location"]))
        if not is_html(response):
            return
        yield f"{response.status_code} {address}", response.text
        parser = PageParser.of(response.text)
        for link in parser.links:
            self.follow(urljoin(address, link))
        for action, fields in parser.forms:
            yield from self.sent(urljoin(address, action), fields)

    def follow(self, address: str) -> None:
        if self.is_new(address, "GET"):
            self.addresses.append(address.partition("#")[0])

    def sent(self, address: str, fields: dict[str, str]) -> Iterator[tuple[str, str]]:
        for data in ({}, fields):
            if not self.is_new(address, "POST", *sorted(data)):
                continue
            response = self.post(address, data)
            if is_html(response):
                yield f"{response.status_code} POST {address} {list(data)}", response.text

    def post(self, address: str, data: dict[str, str]):
        cookies = self.client.cookies.copy()
        with transaction.atomic():
            try:
                return self.client.post(address, data, follow=True)
            finally:
                transaction.set_rollback(True)
                self.client.cookies = cookies

    def is_new(self, address: str, *request: str) -> bool:
        parts = urlsplit(address)
        try:
            view = resolve(parts.path).view_name
        except Resolver404:
            return False
        names = parts.query if view.startswith("chat:") else ""
        key = (view, names, *request)
        if parts.netloc or view in LEFT_OUT or key in self.seen:
            return False
        self.seen.add(key)
        return True


def is_html(response) -> bool:
    return not response.streaming and "html" in response.headers.get("Content-Type", "")
