"""The blueprint of all pages; the modules beside it add their routes to it."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from flask import Blueprint, current_app, g

versioning = Blueprint("versioning", __name__)


@versioning.before_request
def limit_cache() -> None:
    """Keep the answer out of shared caches unless anybody would get it."""
    if not tk.current_user.is_anonymous:
        tk.request.environ["__no_cache__"] = True  # CKAN makes it Cache-Control: private


@versioning.before_request
def protect_forms() -> None:
    """Refuse a form that did not come from a page of ours.

    CKAN 2.11 leaves extensions out of that unless it is told otherwise, and CKAN 2.12 leaves out
    each page, for everybody, once it was opened with an API token or without a login.
    """
    if current_app.config["WTF_CSRF_ENABLED"] and not g.get("login_via_auth_header"):
        current_app.extensions["csrf"].protect()
