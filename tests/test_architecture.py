"""The arrows between packages, read from the source: who may import whom."""

import ast
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("annotationlab", "projects", "preannotation", "demo")
FORBIDDEN_NAMES = {"utils", "helpers", "common", "services", "managers", "signals"}
PURE = (
    "projects/results.py",
    "projects/verdicts.py",
    "projects/highlight.py",
    "projects/comparison.py",
    "projects/scores.py",
    "preannotation/contract.py",
    "preannotation/evaluating/calibration.py",
    "preannotation/evaluating/errors.py",
    "preannotation/rules.py",
    "preannotation/mapping.py",
    "preannotation/config_edit.py",
    "preannotation/config_source.py",
    "preannotation/label_look.py",
    "preannotation/predicted_values.py",
    "preannotation/metrics.py",
    "preannotation/learning_rules.py",
)


def sources(*packages: str) -> list[Path]:
    return sorted(
        path for package in packages for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts
    )


def imports_of(path: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def importers(paths: list[Path], *prefixes: str) -> list[str]:
    return sorted(
        {
            str(path.relative_to(ROOT))
            for path in paths
            for name in imports_of(path)
            if any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)
        }
    )


def test_projects_knows_nothing_of_preannotation_or_spark():
    assert importers(sources("projects"), "preannotation", "pyspark", "sparknlp", "demo") == []


def test_preannotation_knows_nothing_of_the_demo():
    assert importers(sources("preannotation", "annotationlab"), "demo") == []


def test_spark_is_imported_only_in_its_own_package():
    paths = [path for path in sources(*PACKAGES) if "spark" not in path.parent.parts]
    assert importers(paths, "pyspark", "sparknlp") == []


def test_the_spark_package_imports_no_django():
    spark = sources("preannotation/spark")
    assert importers(spark, "django", "projects", "preannotation.models", "preannotation.actions") == []


def test_only_jobs_and_the_registry_call_spark():
    callers = importers(
        [path for path in sources("preannotation") if "spark" not in path.parent.parts], "preannotation.spark"
    )
    assert callers == ["preannotation/jobs.py", "preannotation/loaded.py", "preannotation/registry.py"]


def test_the_contract_imports_nothing_of_ours():
    assert importers([ROOT / "preannotation/contract.py"], *PACKAGES, "django", "pyspark", "sparknlp") == []


def test_pure_modules_import_no_database_and_no_request():
    assert (
        importers(
            [*sources("projects/labeling_config"), *(ROOT / path for path in PURE)],
            "django.db",
            "django.http",
            "projects.models",
        )
        == []
    )


def test_actions_and_models_do_not_import_views_or_jobs():
    lower = [*sources("preannotation/models"), ROOT / "preannotation/actions.py", ROOT / "preannotation/rules.py"]
    assert importers(lower, "preannotation.views", "preannotation.jobs", "preannotation.forms") == []


def test_no_module_is_a_drawer():
    assert [str(path) for path in sources(*PACKAGES) if path.stem in FORBIDDEN_NAMES] == []


def test_modules_stay_small():
    long = {str(path.relative_to(ROOT)): path.read_text().count("\n") for path in sources(*PACKAGES)}
    assert {name: lines for name, lines in long.items() if lines > 330} == {}


def test_the_web_process_loads_no_spark():
    code = (
        "import django, sys; django.setup(); import annotationlab.urls; "
        "print(sorted(name for name in sys.modules if name.split('.')[0] in ('pyspark', 'sparknlp', 'py4j')))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "annotationlab.settings"},
    )
    assert answer.stdout.strip() == "[]"
