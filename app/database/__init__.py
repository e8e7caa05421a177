"""The database that rooms with something to keep share: how it is opened, migrated and asked."""
