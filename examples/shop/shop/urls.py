from django.urls import path

from catalog import views

urlpatterns = [
    path("", views.index, name="index"),
    path("api/products/", views.products, name="products"),
    path("jobs/", views.queue_job, name="queue-job"),
    path("health/", views.health, name="health"),
]
