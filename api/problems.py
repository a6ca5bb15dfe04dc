"""Problems as RFC 9457 has them: whatever is wrong is said in one form."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from sqlalchemy.exc import DataError, SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from billing.bootstrap import LOCALES
from billing.commands.refusals import sentence
from billing.i18n import Translator
from billing.ports import CipherFault
from billing.values.errors import BadFields, Refusal
from billing.values.refusals import NotFound, OnHold

MEDIA_TYPE = "application/problem+json"
# A refusal is a conflict with what is so, but for these.
STATUS_OF: dict[type[Refusal], int] = {NotFound: 404, BadFields: 422, OnHold: 503}

log = structlog.get_logger()


class Problem(BaseModel):
    """What is wrong: `type` names the kind for programs, `detail` says it to people."""

    type: str = Field(examples=["urn:problem:not-found"])
    title: str
    status: int
    detail: str


class ProblemError(Exception):
    """Raised where a request cannot be answered. `kind` is the end of the problem's type."""

    def __init__(self, status: int, kind: str, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail = status, kind, detail
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How the OpenAPI description says that a route answers so, or as each does: `api.limits` before it is asked."""
    always = (400, 401, 403, 408, 413, 422, 429, 500, 503)
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in sorted({*always, *statuses})
    }


def handle_problems(app: FastAPI) -> None:
    """Whatever is raised while a request is answered becomes a problem."""

    @app.exception_handler(ProblemError)
    def _said(_request: Request, error: ProblemError) -> JSONResponse:
        return said(error.status, error.kind, error.detail, error.headers)

    @app.exception_handler(Refusal)
    def _refusal(_request: Request, refusal: Refusal) -> JSONResponse:
        return answer_of(*problem_of(refusal))

    @app.exception_handler(RequestValidationError)
    def _invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        faults = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        return said(422, "invalid-request", faults)

    @app.exception_handler(HTTPException)
    def _http(_request: Request, error: HTTPException) -> JSONResponse:
        kind = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
        return said(error.status_code, kind, str(error.detail), error.headers)

    @app.exception_handler(CipherFault)
    def _no_secrets(_request: Request, _fault: CipherFault) -> JSONResponse:
        return said(503, "no-encryption-key", "Secrets cannot be kept: ENCRYPTION_KEYS is not as it must be.")

    @app.exception_handler(DataError)
    def _no_data(_request: Request, error: DataError) -> JSONResponse:
        """It answers, and what it was given is nothing that it can keep: to try again helps nobody."""
        log.warning("the database took no such value", error=type(error.orig).__name__)
        return said(422, "invalid-request", "It holds something that cannot be kept.")

    @app.exception_handler(SQLAlchemyError)
    def _database(_request: Request, _error: SQLAlchemyError) -> JSONResponse:
        return said(503, "database-away", "The database does not answer. Try again.", {"Retry-After": "5"})

    @app.exception_handler(Exception)
    def _fault_of_ours(_request: Request, _error: Exception) -> JSONResponse:
        """It is raised on, and stands in the log."""
        return said(
            500, "internal-error", "Something is wrong on our side. Send it again with its key, later."
        )


def problem_of(refusal: Refusal) -> tuple[int, dict[str, Any]]:
    """What a refusal of billing's says here: its status, and the problem."""
    kind = re.sub(r"(?<!^)(?=[A-Z])", "-", type(refusal).__name__).lower()
    return _problem(STATUS_OF.get(type(refusal), 409), kind, sentence(refusal, Translator(LOCALES, "en")))


def answer_of(status: int, body: dict[str, Any], headers: Any = None) -> JSONResponse:
    """What was asked for, or a problem: its status says which."""
    return JSONResponse(body, status, headers, MEDIA_TYPE if status >= 400 else None)


def said(status: int, kind: str, detail: str, headers: Any = None) -> JSONResponse:
    """A problem whose type ends with `kind`."""
    return answer_of(*_problem(status, kind, detail), headers)


def _problem(status: int, kind: str, detail: str) -> tuple[int, dict[str, Any]]:
    problem = Problem(
        type=f"urn:problem:{kind}", title=HTTPStatus(status).phrase, status=status, detail=detail
    )
    return status, problem.model_dump()
