"""The same durable insert as the other servers of this bench, the way Django and Django REST framework do it by default."""
import os

from django.conf import settings

settings.configure(
    DEBUG=False,
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF="notes",
    SECRET_KEY="of a server that lives for a minute",
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["NOTES"], "CONN_MAX_AGE": None, "OPTIONS": {"timeout": 20}}},
    REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)

import django  # noqa: E402: the settings come first

django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.db.backends.signals import connection_created  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework import generics, serializers  # noqa: E402


def durable(connection, **_):
    connection.cursor().execute("PRAGMA journal_mode=WAL")
    connection.cursor().execute("PRAGMA synchronous=FULL")


connection_created.connect(durable)


class Note(models.Model):
    question = models.CharField(max_length=300)
    source = models.BigIntegerField()

    class Meta:
        app_label = "notes"


class NoteSerializer(serializers.ModelSerializer):
    class Meta:
        model = Note
        fields = ["id", "question", "source"]


class Create(generics.CreateAPIView):
    queryset = Note.objects.all()
    serializer_class = NoteSerializer


urlpatterns = [path("create", Create.as_view())]
application = get_wsgi_application()


def make_table():
    """Makes the table, once, before the workers start."""
    with connection.schema_editor() as editor:
        editor.create_model(Note)
    connection.close()


if not os.path.exists(os.environ["NOTES"]):
    make_table()
