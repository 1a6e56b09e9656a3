"""Every address of the API."""

from __future__ import annotations

from typing import NoReturn

from django.http import Http404, HttpRequest
from django.urls import URLPattern, include, path, re_path

from syncapp.explorer.api.app import api
from syncapp.explorer.api.door import door, through

_patterns, _app, _namespace = api.urls


def nothing(request: HttpRequest) -> NoReturn:
    raise Http404


urlpatterns = [
    path(
        "",
        include(
            ([through(pattern) for pattern in _patterns if isinstance(pattern, URLPattern)], _app), namespace=_namespace
        ),
    ),
    re_path("", door(nothing)),
]
