from django.conf import settings
from django.core.cache import cache
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from catalog.models import Job, Product


def index(request):
    visits = request.session["visits"] = request.session.get("visits", 0) + 1
    return render(
        request,
        "catalog/index.html",
        {
            "site_url": settings.SITE_URL,
            "frontend_url": settings.FRONTEND_URL,
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
    response["Vary"] = "Origin"
    return response


@require_POST
def queue_job(request):
    from catalog.tasks import record_job  # Celery takes a while to import: only where it is needed

    record_job.delay("button", settings.SITE_URL)
    return redirect("index")


def health(request):
    return HttpResponse("ok\n", content_type="text/plain")
