"""The engine's settings, from Django's."""

from django.conf import settings

from preannotation.contract import EngineSettings


def engine_settings() -> EngineSettings:
    return EngineSettings(
        jars=settings.SPARK_JARS_DIR,
        scratch=settings.SPARK_SCRATCH_DIR,
        memory=settings.SPARK_MEMORY,
        threads=settings.SPARK_THREADS,
    )
