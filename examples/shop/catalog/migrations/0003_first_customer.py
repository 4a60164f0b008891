from django.contrib.auth.hashers import make_password
from django.db import migrations


def add(apps, schema_editor):
    User = apps.get_model("auth", "User")
    User.objects.get_or_create(username="ada", defaults={"password": make_password("ada")})


def remove(apps, schema_editor):
    apps.get_model("auth", "User").objects.filter(username="ada").delete()


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_first_products"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [migrations.RunPython(add, remove)]
