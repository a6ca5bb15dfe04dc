"""The API as one app, to be mounted at `/api/v1` or served alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from api.access import REQUESTS, Access
from api.problems import Problem, handle_problems
from api.routes import acts, contacts, entitlements, events, listings, usage, webhooks
from api.settings import PREFIX
from api.traced import Traced
from billing import Billing

DESCRIPTION = Path(__file__).parents[1] / "docs" / "openapi.json"
SAYS = """What was sold, to whom, and what became of it.

Amounts are in minor units with their currency, moments in UTC. What is wrong is a problem as RFC 9457 has it.
A key is made by `python -m billing keys create` and sent as a bearer token."""


def make_app(billing: Billing, requests: int = REQUESTS) -> FastAPI:
    """The API of that desk; each key may ask `requests` times a minute."""
    app = FastAPI(
        title="Billing desk",
        version="1",
        description=SAYS,
        docs_url=None,
        redoc_url=None,
        servers=[{"url": PREFIX}],
        root_path_in_servers=False,
    )
    app.state.billing, app.state.access = billing, Access(billing, requests)
    handle_problems(app)
    app.add_middleware(Traced)
    for routes in (entitlements, listings, contacts, acts, events, usage, webhooks):
        app.include_router(routes.router)
    _describe_problems(app)
    return app


def written(app: FastAPI) -> str:
    """The OpenAPI description as it is kept in the repository."""
    return json.dumps(app.openapi(), indent=2, ensure_ascii=False) + "\n"


def _describe_problems(app: FastAPI) -> None:
    """What FastAPI would say of requests that it cannot read is said as a problem here."""
    described = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schemas = described()["components"]["schemas"]
            schemas["Problem"] = Problem.model_json_schema()
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
        return described()

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI's own pages tell to
