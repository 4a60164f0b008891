from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST

from catalog import checkout
from catalog.models import Job, Product


def index(request):
    visits = request.session["visits"] = request.session.get("visits", 0) + 1
    return render(
        request,
        "catalog/index.html",
        {
            "products": Product.objects.all(),
            "jobs": Job.objects.order_by("-id")[:5],
            "visits": visits,
        },
    )


def products(request):
    """The catalogue for the front end. `served` is counted in Redis."""
    cache.add("catalog:served", 0, timeout=None)
    response = JsonResponse(
        {
            "site": settings.SITE_URL,
            **checkout.values(),
            "user": request.user.get_username(),
            "token": get_token(request),
            "served": cache.incr("catalog:served"),
            "products": [
                {"name": product.name, "price_cents": product.price_cents}
                for product in Product.objects.all()
            ],
        }
    )
    origin = request.headers.get("Origin")
    if origin in settings.CORS_ALLOWED_ORIGINS:
        response["Access-Control-Allow-Origin"] = origin
        response["Access-Control-Allow-Credentials"] = "true"
    patch_vary_headers(response, ["Origin"])
    return response


@require_POST
def queue_job(request):
    from catalog.tasks import record_job  # Celery takes a while to import: only where it is needed

    record_job.delay("button", settings.SITE_URL)
    return redirect("index")


def health(request):
    return HttpResponse("ok\n", content_type="text/plain")
