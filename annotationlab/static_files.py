from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModulesStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Names carry the hash of what they hold, also where one of our scripts imports another.

    Django's own switch for this reads every package's scripts, and stumbles over imports that stand in a comment.
    """

    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("js/*.js", CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]),
    )
