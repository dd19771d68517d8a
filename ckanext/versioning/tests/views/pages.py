"""Pages as several users open them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bs4 import BeautifulSoup
from ckan import model


@dataclass
class Page:
    """What a page answered."""

    status: int
    html: str
    headers: Any

    @property
    def soup(self) -> BeautifulSoup:
        return BeautifulSoup(self.html, "lxml")

    @property
    def content(self) -> BeautifulSoup:
        """The part of the page that is not CKAN's frame."""
        return self.soup.select_one(".versioning") or self.soup.select_one("#error-content")

    @property
    def text(self) -> str:
        """What a reader sees, blanks as one."""
        return " ".join(self.content.get_text(" ").split())

    @property
    def links(self) -> list[str]:
        return [link["href"] for link in self.content.select("a[href]")]

    @property
    def flashes(self) -> BeautifulSoup:
        return self.soup.select_one(".flash-messages")

    def row(self, label: str) -> list[str]:
        """Return the cells of the row of a field that changed."""
        for row in self.content.select("table.versioning-changes tbody tr"):
            if " ".join(row.th.get_text(" ").split()) == label:
                return [" ".join(cell.get_text(" ").split()) for cell in row.select("td")]
        raise AssertionError(f"no row {label!r} in {self.text}")


@dataclass
class Site:
    """Opens pages and sends forms.

    :param app: CKAN's test application.
    :param tokens: API tokens by what the tests call a user; without one a user is anonymous.
    """

    app: Any
    tokens: dict[str, str] = field(default_factory=dict)

    def get(self, user: str, path: str, *, follow: bool = True) -> Page:
        return self._page(self.app.get(path, headers=self._headers(user), follow_redirects=follow))

    def post(self, user: str, path: str, *, follow: bool = True, **data: Any) -> Page:
        return self._page(
            self.app.post(path, data=data, headers=self._headers(user), follow_redirects=follow)
        )

    def _headers(self, user: str) -> dict[str, str]:
        return {"Authorization": self.tokens[user]} if user in self.tokens else {}

    def _page(self, response: Any) -> Page:
        model.Session.remove()  # each request has a session of its own
        return Page(response.status_code, response.body, response.headers)
