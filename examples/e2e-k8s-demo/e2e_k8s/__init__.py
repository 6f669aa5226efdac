"""The adder: a small web service that adds two numbers."""

from pyramid.config import Configurator


def create_app(settings=None):
    """The WSGI application. `settings` are Pyramid's; its PYRAMID_* environment variables count as well."""
    with Configurator(settings=settings or {}) as config:
        config.include("pyramid_jinja2")
        config.add_route("form", "/")
        config.add_route("api", "/api/add")
        config.add_route("health", "/healthz")
        config.add_static_view("static", "static", cache_max_age=0)
        config.scan(".demo")
        return config.make_wsgi_app()
