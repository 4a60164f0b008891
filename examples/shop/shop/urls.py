from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from catalog import views

urlpatterns = [
    path("", views.index, name="index"),
    path("login/", LoginView.as_view(template_name="catalog/login.html"), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("api/products/", views.products, name="products"),
    path("jobs/", views.queue_job, name="queue-job"),
    path("health/", views.health, name="health"),
]
