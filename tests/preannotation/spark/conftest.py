from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from pyspark.sql import SparkSession

from preannotation.contract import EngineSettings
from preannotation.spark import pipelines, session
from preannotation.spark.pipelines import Pipeline
from tests.preannotation.spark.tiny_models import SPECS, spec, trained


@pytest.fixture(scope="session")
def engine_settings() -> EngineSettings:
    return EngineSettings(jars=settings.SPARK_JARS_DIR, scratch=settings.SPARK_SCRATCH_DIR)


@pytest.fixture(scope="session")
def spark(engine_settings: EngineSettings) -> Iterator[SparkSession]:
    """The session of the whole test run, on the jars that the product uses."""
    yield session.start(engine_settings)
    session.stop()


@pytest.fixture(scope="session")
def tiny_models(spark: SparkSession) -> Path:
    return trained(spark, settings.VAR_DIR / "test-models")


@pytest.fixture(scope="session")
def pipeline(spark: SparkSession, tiny_models: Path) -> Pipeline:
    """All tiny models in one deployment."""
    loaded = pipelines.load(tuple(spec(tiny_models, name) for name, _ in SPECS))
    loaded.warm_up()
    return loaded
