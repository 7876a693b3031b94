from servestatic.storage import CompressedManifestStaticFilesStorage as Storage

IMPORT_PATTERNS = Storage._js_module_import_aggregation_patterns[1]


class StaticStorage(Storage):
    """Hashes the names in the chat's `import` statements too, so that browsers cache its scripts
    forever. Other packages stay as they are: their comments name files that do not exist."""

    patterns = (*Storage.patterns, ("chat/*.js", IMPORT_PATTERNS))
