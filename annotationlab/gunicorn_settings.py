"""Settings of the web server. Read by gunicorn, as `-c python:annotationlab.gunicorn_settings`."""

from pathlib import Path

from gunicorn.arbiter import Arbiter

from annotationlab import environment
from preannotation import processes

bind = environment.read(Path(__file__).resolve().parent.parent).bind
wsgi_app = "annotationlab.wsgi:application"
worker_class = "gthread"
workers = 2
threads = 8
timeout = 120
graceful_timeout = 5
# Behind a proxy connections are kept; a worker's thread is not held by an idle one.
keepalive = 15
# Addresses hold what people search for: no access log.
accesslog = None
errorlog = "-"
# Its default place is in the home folder, one for all installations.
control_socket_disable = True


def on_starting(server: Arbiter) -> None:
    environment.report_unknown_variables()
    processes.ended_with_parent()
