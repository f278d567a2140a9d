"""A reader of the explorer's page: what a test sees and does there, and what the page asked for meanwhile."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class Reader:
    """A page in a browser and what it asked for and complained of."""

    page: Any
    address: str
    asked: list[str]
    errors: list[str]

    def open(self, choices: str = "") -> None:
        self.page.goto("about:blank")
        self.page.goto(f"{self.address}#{choices}")
        self.settle()

    def settle(self) -> None:
        """Wait until what is chosen has been measured and stands in the address."""
        self.page.wait_for_selector("#pictures:not([aria-busy])")
        self.page.wait_for_timeout(100)

    def choose(self, name: str, value: str) -> None:
        self.page.locator(f"input[name={name}][value='{value}']").check(force=True)
        self.settle()

    def words(self, place: str) -> str:
        text: str = self.page.locator(place).inner_text()
        return text

    @property
    def choices(self) -> dict[str, str]:
        address = self.page.evaluate("location.hash.slice(1)")
        return dict(part.split("=") for part in address.split("&") if part)


def reading(browser: Any, explorer: Path, **context: Any) -> Iterator[Reader]:
    holder = browser.new_context(**context)
    page = holder.new_page()
    reader = Reader(page, explorer.as_uri(), [], [])
    page.on("request", lambda request: reader.asked.append(request.url))
    page.on("pageerror", lambda error: reader.errors.append(str(error)))
    page.on("console", lambda said: said.type == "error" and reader.errors.append(said.text))
    reader.open()
    yield reader
    holder.close()
    assert reader.errors == []
    # Nothing but the page itself, and the worker that it makes of its own text.
    assert {url.split(":")[0] for url in reader.asked} <= {"file", "blob", "about"}
    assert {url.split("#")[0] for url in reader.asked if url.startswith("file")} == {reader.address}
