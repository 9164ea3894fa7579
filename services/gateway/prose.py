"""An answer's Markdown as HTML, for pages and letters, and as plain text, for letters."""

import re
from functools import cache
from typing import Final

from markdown_it import MarkdownIt
from markupsafe import Markup

_HEADING: Final = re.compile(r"^#+ ")
_ESCAPED: Final = re.compile(r"\\([\\`*_\[\]<>#])")
_MARK: Final = re.compile(r"\[(\d+)\]")


def prose(markdown: str) -> Markup:
    """Safe HTML: tags in the text are text, and links are of this program's making alone."""
    html = _renderer().render(markdown)
    return Markup(_MARK.sub(r'<a class="mark" href="#cite-\1">\1</a>', html))  # noqa: S704 -- rendered with html off


def plain(markdown: str) -> str:
    """The words as a mail shows them: headings and lists stay lines, signs of markup go."""
    lines = [_HEADING.sub("", line).replace("**", "") for line in markdown.strip().splitlines()]
    return _ESCAPED.sub(r"\1", "\n".join(lines))


@cache
def _renderer() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).disable(["link", "image", "autolink", "html_inline", "html_block"])
