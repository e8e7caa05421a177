"""Runs migrations on the connection that ``Database`` hands over."""

from alembic import context

from app.database.base import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
