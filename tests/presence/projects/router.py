class Router:
    """Keeps the tables of presence in a database of their own, and reads them from there."""

    def db_for_read(self, model, **hints):
        return "presence" if model._meta.app_label == "presence" else "default"

    db_for_write = db_for_read

    def allow_relation(self, one, other, **hints):
        return True

    def allow_migrate(self, db, app_label, **hints):
        return (db == "presence") == (app_label == "presence")
