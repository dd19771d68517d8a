"""Alembic environment of the plugin's tables, run by ``ckan db upgrade -p versioning``."""

from __future__ import annotations

import os
from typing import Any

from alembic import context
from ckan.model.meta import metadata
from sqlalchemy import engine_from_config, pool

NAME = os.path.basename(os.path.dirname(__file__))


def _own_tables(
    _object: Any, name: str | None, type_: str, _reflected: bool, _compare_to: Any
) -> bool:
    return type_ != "table" or (name or "").startswith(NAME)


def _configure(**kwargs: Any) -> None:
    context.configure(
        target_metadata=metadata,
        version_table=f"{NAME}_alembic_version",
        include_object=_own_tables,
        **kwargs,
    )
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    _configure(url=context.config.get_main_option("sqlalchemy.url"), literal_binds=True)
else:
    engine = engine_from_config(
        context.config.get_section(context.config.config_ini_section) or {},
        prefix="sqlalchemy.",
        poolclass=pool.NullPool,
    )
    with engine.connect() as connection:
        _configure(connection=connection)
