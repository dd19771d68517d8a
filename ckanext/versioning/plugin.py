"""The plugin: which of CKAN's interfaces the extension uses, and nothing else."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.common import CKANConfig
from ckan.lib.plugins import DefaultTranslation
from ckan.types import Context

from . import helpers
from .cli import get_commands
from .files import journal, uploading
from .logic import auth
from .logic.action import get_actions
from .recording import answering, listeners, shown, startup
from .views import get_blueprints


@tk.blanket.actions(get_actions)
@tk.blanket.auth_functions(auth)
@tk.blanket.cli(get_commands)
@tk.blanket.config_declarations
@tk.blanket.blueprints(get_blueprints)
@tk.blanket.helpers(helpers)
class VersioningPlugin(DefaultTranslation, p.SingletonPlugin):
    """Every accepted change of a dataset becomes a revision."""

    p.implements(p.ITranslation)
    p.implements(p.IConfigurer)
    p.implements(p.IConfigurable)
    p.implements(p.IPackageController, inherit=True)

    def update_config(self, config: CKANConfig) -> None:
        tk.add_template_directory(config, "templates")
        tk.add_resource("assets", "versioning")

    def configure(self, config: CKANConfig) -> None:
        startup.check()
        listeners.listen()
        journal.listen()
        uploading.wrap()
        answering.listen()

    def after_dataset_show(self, context: Context, pkg_dict: dict[str, Any]) -> None:
        shown.remember(context, pkg_dict)
