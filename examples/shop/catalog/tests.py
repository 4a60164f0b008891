from unittest.mock import patch

from django.conf import settings
from django.test import Client, TestCase, override_settings

from catalog.models import Job, Product
from catalog.tasks import record_job

LOCAL_CACHE = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}


class IndexTest(TestCase):
    def test_shows_the_products_and_this_site(self):
        page = self.client.get("/")
        self.assertContains(page, "Kettle: 49.50")
        self.assertContains(page, settings.SITE_URL)

    def test_counts_the_visits_of_a_session(self):
        self.client.get("/")
        self.assertEqual(self.client.get("/").context["visits"], 2)
        self.assertEqual(Client().get("/").context["visits"], 1)


@override_settings(CACHES=LOCAL_CACHE, CORS_ALLOWED_ORIGINS=["http://localhost:5173"])
class ProductsTest(TestCase):
    def test_lists_every_product(self):
        Product.objects.create(name="Apron", price_cents=1250)
        names = [product["name"] for product in self.client.get("/api/products/").json()["products"]]
        self.assertEqual(names, ["Apron", "Coffee grinder", "Kettle", "Tea pot"])

    def test_allows_only_known_origins(self):
        known = self.client.get("/api/products/", headers={"origin": "http://localhost:5173"})
        other = self.client.get("/api/products/", headers={"origin": "http://elsewhere.example"})
        self.assertEqual(known["Access-Control-Allow-Origin"], "http://localhost:5173")
        self.assertNotIn("Access-Control-Allow-Origin", other)


class JobTest(TestCase):
    @override_settings(SITE_URL="http://localhost:8001")
    def test_notes_who_queued_and_who_ran_it(self):
        record_job("a", "http://localhost:8000")
        job = Job.objects.get()
        self.assertEqual((job.queued_by, job.ran_by), ("http://localhost:8000", "http://localhost:8001"))

    def test_the_button_queues_a_job(self):
        with patch.object(record_job, "delay") as delay:
            self.assertRedirects(self.client.post("/jobs/"), "/")
        delay.assert_called_once_with("button", settings.SITE_URL)
