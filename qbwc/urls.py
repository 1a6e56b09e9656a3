"""Where the Web Connector and its people find us."""

from __future__ import annotations

from django.urls import path

from qbwc import views

app_name = "qbwc"
urlpatterns = [
    path("", views.endpoint, name="endpoint"),
    path("support/", views.support, name="support"),
    path("check/", views.check_page, name="check"),
    path("<slug:key>.qwc", views.download, name="download"),
]
