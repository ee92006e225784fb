from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeDoneView, PasswordChangeView
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.generic import RedirectView


@login_not_required
def alive(request: HttpRequest) -> HttpResponse:
    """For supervisors and load balancers: the web process answers."""
    return HttpResponse("ok", content_type="text/plain")


handler400 = "annotationlab.errors.bad_request"
handler500 = "annotationlab.errors.server_error"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="projects:list")),
    path("alive", alive, name="alive"),
    path("account/login/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("account/logout/", LogoutView.as_view(), name="logout"),
    path("account/password/", PasswordChangeView.as_view(), name="password_change"),
    path("account/password/done/", PasswordChangeDoneView.as_view(), name="password_change_done"),
    path("projects/", include("projects.urls")),
    path("", include("preannotation.urls")),
    path("admin/", admin.site.urls),
]
