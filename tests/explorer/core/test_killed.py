"""The worker that fills the outbox with an upload is killed (SIGKILL) again and again; nothing is lost or doubled."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.db import connections

from qbwc.models import Company, Request
from syncapp.explorer import imports, limits, running
from syncapp.explorer.models import Job, Row
from tests.world.test_killed import ROOT, database_url

# As a worker does it, task by task; answers, which make room for more, are a single statement here.
WORKER = """
import os, django
django.setup()
from qbwc.models import Request
from syncapp import tasks
from syncapp.explorer.models import Row
job_id = int(os.environ["JOB"])
print("at work", flush=True)
while Row.objects.filter(job_id=job_id, state="waiting").exists():
    tasks.fill_job(job_id)
    Row.objects.filter(job_id=job_id, state="queued").update(state="done")
"""


def worker(job):
    environment = {
        **os.environ,
        "DEBUG": "true",
        "DJANGO_SETTINGS_MODULE": "project.settings",
        "DATABASE_URL": database_url(),
        "DATA_DIR": str(settings.DATA_DIR),
        "SECRET_KEY": settings.SECRET_KEY,
        "JOB": str(job.pk),
    }
    command = [sys.executable, "-c", WORKER]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


@pytest.mark.django_db(transaction=True)
def test_a_large_upload_goes_on_where_a_killed_worker_stopped(worlds):
    many, deaths = worlds(2_000, 10_000), random.Random(7)
    company = Company.objects.create(key="acme", name="Acme", username="acme-qbwc")
    text = "Name,Phone\n" + "".join(f"Customer {n},{n}\n" for n in range(many))
    job = imports.upload(company, "Customer", "add", "big.csv", text.encode(), "ann")
    imports.start(job, "ann")
    assert Row.objects.filter(job=job, state=Row.State.QUEUED).count() == limits.ROWS_PER_CHUNK
    for _ in range(5):
        process = worker(job)
        process.stdout.readline()
        time.sleep(deaths.uniform(0.05, 0.4))
        process.send_signal(signal.SIGKILL)
        process.wait()
        check(job)
    assert Row.objects.filter(job=job, state=Row.State.WAITING).exists(), "the worker was never interrupted"
    while Row.objects.filter(job=job, state=Row.State.WAITING).exists():
        running.tend()
        Row.objects.filter(job=job, state=Row.State.QUEUED).update(state=Row.State.DONE)
    check(job)
    running.tend()
    job = Job.objects.get(pk=job.pk)
    assert (job.state, job.done, job.failed) == (Job.State.DONE, many, 0)
    sent = list(Request.objects.order_by("pk").values_list("body", flat=True))
    assert [body.split("<Name>")[1].split("<")[0] for body in sent] == [f"Customer {n}" for n in range(many)]
    connections.close_all()


def check(job):
    """A row has left if its request is in the outbox, and only then; each has one."""
    left = Row.objects.filter(job=job).exclude(state=Row.State.WAITING)
    references = list(Request.objects.values_list("reference", flat=True))
    assert sorted(references) == sorted(f"explorer/row/{pk}/write" for pk in left.values_list("pk", flat=True))
