from django.db import models


class Product(models.Model):
    name = models.CharField(max_length=100, unique=True)
    price_cents = models.PositiveIntegerField()

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    @property
    def price(self):
        return f"{self.price_cents // 100}.{self.price_cents % 100:02}"


class Job(models.Model):
    """A job that a worker has done: who asked for it, and whose worker did it."""

    label = models.CharField(max_length=100, db_index=True)
    queued_by = models.CharField(max_length=200)
    ran_by = models.CharField(max_length=200)
    ran_on = models.CharField(max_length=100)
    ran_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self):
        return f"{self.label}: {self.queued_by} -> {self.ran_by}"
