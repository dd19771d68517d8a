"""The blueprint of all pages; the modules beside it add their routes to it."""

from __future__ import annotations

from flask import Blueprint

versioning = Blueprint("versioning", __name__)
