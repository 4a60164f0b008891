import zlib

from django.conf import settings

# a colour for each branch, always the same one
COLOURS = ["#7e22ce", "#15803d", "#4d7c0f", "#b45309", "#1d4ed8", "#be185d", "#b91c1c", "#0f766e"]


def values():
    """Tell the branch of this checkout, and its colour."""
    branch = settings.CHECKOUT
    colour = "#334155" if branch == "main" else COLOURS[zlib.crc32(branch.encode()) % len(COLOURS)]
    return {"branch": branch, "colour": colour}


def page(request):
    return {**values(), "site_url": settings.SITE_URL, "frontend_url": settings.FRONTEND_URL}
