from servestatic.storage import CompressedManifestStaticFilesStorage as Storage

IMPORT_PATTERNS = Storage._js_module_import_aggregation_patterns[1]


class StaticStorage(Storage):
    """Names in the chat's `import` statements are hashed too, so that browsers keep its scripts for
    good. Not in everybody's: those in comments of other packages name files that are not there."""

    patterns = (*Storage.patterns, ("chat/*.js", IMPORT_PATTERNS))
