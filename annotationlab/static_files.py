from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModulesStaticFilesStorage(CompressedManifestStaticFilesStorage):
    """Names carry the hash of what they hold, also where one script imports another."""

    support_js_module_import_aggregation = True
