from django.conf import settings
from django.core.management.base import BaseCommand

from catalog.tasks import record_job


class Command(BaseCommand):
    help = "Queue jobs that note whose worker ran them."

    def add_arguments(self, parser):
        parser.add_argument("number", type=int)
        parser.add_argument("--label", default="job")

    def handle(self, *, number, label, **options):
        for _ in range(number):
            record_job.delay(label, settings.SITE_URL)
        self.stdout.write(f"{number} jobs queued by {settings.SITE_URL}")
