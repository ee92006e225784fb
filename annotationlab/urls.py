from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.generic import RedirectView


@login_not_required
def alive(request: HttpRequest) -> HttpResponse:
    """For supervisors and load balancers: the web process answers."""
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [
    path("", RedirectView.as_view(pattern_name="projects:list")),
    path("alive", alive, name="alive"),
    path("account/", include("django.contrib.auth.urls")),
    path("projects/", include("projects.urls")),
    path("", include("preannotation.urls")),
    path("admin/", admin.site.urls),
]
