"""Code as HTML: colours by CSS class, output, and commands a page can run."""

import html
import re
from typing import Final

from pygments import highlight as _pygments_highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

from app.lessons.own_values import put_back, taken_out

LANGUAGES: Final = {
    "sh": "bash",
    "console": "console",
    "dockerfile": "docker",
    "html": "html",
    "ini": "ini",
    "json": "json",
    "nginx": "nginx",
    "python": "python",
    "yaml": "yaml",
}
"""What an author writes, and what Pygments calls it."""
OUTPUT: Final = "text"
OWN: Final = ("sh", "console", OUTPUT)
"""What may hold the student's own values; in other languages double braces are their own."""


# As many characters as have room on a phone.
_HYPHENATED = re.compile(
    r"(<[^>]*>)|(?<![\w;-])((?=[\w-]*[a-z])(?=\w*-)[\w-]{2,26})(?![\w-])", re.IGNORECASE
)


def command_html(text: str, node: str, *, stop: bool = False) -> str:
    """Commands with a place for buttons around them; the code's text is what will be typed.

    With ``stop``, a line that fails is the last one that is typed.
    """
    options = f'data-node="{html.escape(node)}"{" data-stop" if stop else ""}'
    text, values = taken_out(text)
    # Each line is a block, so that the page can tell a new line from one that goes on.
    lines = unbroken(_spans(text, LANGUAGES["sh"])).splitlines(keepends=True)
    code = put_back("".join(f'<span class="line">{line}</span>' for line in lines), values)
    pre = f'<pre class="highlight"><code>{code}</code></pre>'
    return f"<lab-command {options}>{pre}\n</lab-command>\n"


def code_html(text: str, language: str) -> str:
    """Code to read; a language we don't know is shown without colours."""
    text, values = taken_out(text) if language in OWN else (text, [])
    if language == OUTPUT:
        output = unbroken(html.escape(text))
        return f'<pre class="output">{put_back(output, values)}</pre>\n'
    text = text.removesuffix("\n")
    code = _spans(text, LANGUAGES[language]) if language in LANGUAGES else html.escape(text)
    return f'<pre class="highlight"><code>{put_back(unbroken(code), values)}</code></pre>\n'


def unbroken(markup: str) -> str:
    """HTML whose options and names stay on one line: browsers end a line behind any hyphen."""
    return _HYPHENATED.sub(lambda it: it[1] or f'<span class="whole">{it[2]}</span>', markup)


def _spans(text: str, lexer_name: str) -> str:
    # stripnl and ensurenl off: what the page copies must be what the author wrote.
    lexer = get_lexer_by_name(lexer_name, stripnl=False, ensurenl=False)
    spans: str = _pygments_highlight(text, lexer, HtmlFormatter(nowrap=True))
    # The formatter ends every line, the last one too; a command must not bring its own Enter.
    return spans.removesuffix("\n")
