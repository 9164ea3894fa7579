"""The bare baseline: a page and a JSON answer with nothing behind them, on the same server as the gateway's."""

import sys
from pathlib import Path

import orjson
import uvicorn
from jinja2 import Environment, FileSystemLoader
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

_page = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True).get_template("bare.html")
_ROWS = [{"code": f"E11.{n}", "display": f"Description of row number {n}"} for n in range(20)]


async def page(_request: Request) -> Response:
    """A rendered page of twenty rows."""
    return HTMLResponse(_page.render(title="E11.42", rows=_ROWS))


async def answer(_request: Request) -> Response:
    """Twenty rows as JSON."""
    return Response(orjson.dumps({"hits": _ROWS}), media_type="application/json")


if __name__ == "__main__":
    app = Starlette(routes=[Route("/page", page), Route("/json", answer)])
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False)
