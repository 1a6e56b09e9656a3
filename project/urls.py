"""Every address the application answers."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from syncapp import webhook_view

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("qbwc/", include("qbwc.urls")),
    path("api/v1/", include("syncapp.explorer.api.urls")),
    path("webhook/<slug:key>/", webhook_view.called, name="webhook"),
    path("admin/", admin.site.urls),
]
