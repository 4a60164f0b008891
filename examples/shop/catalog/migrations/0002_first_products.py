from django.db import migrations

PRODUCTS = [("Coffee grinder", 8900), ("Kettle", 4950), ("Tea pot", 3200)]


def add(apps, schema_editor):
    Product = apps.get_model("catalog", "Product")
    for name, price_cents in PRODUCTS:
        Product.objects.get_or_create(name=name, defaults={"price_cents": price_cents})


def remove(apps, schema_editor):
    Product = apps.get_model("catalog", "Product")
    Product.objects.filter(name__in=[name for name, _ in PRODUCTS]).delete()


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]

    operations = [migrations.RunPython(add, remove)]
