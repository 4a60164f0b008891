import json
import time

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count

from catalog.models import Job


class Command(BaseCommand):
    help = "Print, as JSON, how many jobs of each stack were run by which stack's worker."

    def add_arguments(self, parser):
        parser.add_argument("--label", help="only jobs with this label")
        parser.add_argument("--expect", type=int, default=0, help="wait for this many jobs")
        parser.add_argument("--timeout", type=float, default=30, help="seconds to wait (30)")

    def handle(self, *, label, expect, timeout, **options):
        jobs = Job.objects.filter(label=label) if label else Job.objects.all()
        deadline = time.monotonic() + timeout
        while (done := jobs.count()) < expect and time.monotonic() < deadline:
            time.sleep(0.1)
        report = {}
        for row in jobs.order_by().values("queued_by", "ran_by").annotate(count=Count("id")):
            report.setdefault(row["queued_by"], {})[row["ran_by"]] = row["count"]
        self.stdout.write(json.dumps(report, sort_keys=True))
        if done < expect:
            raise CommandError(f"{done} of {expect} jobs done after {timeout:g} seconds")
