from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("syncapp", "0002_history_without_a_pair"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="ledgeraccount", name="one_account_per_name"),
        migrations.AddField(
            model_name="ledgeraccount",
            name="of",
            field=models.CharField(
                default="account", help_text="account, tax_code, unit_set or vendor.", max_length=20
            ),
        ),
        migrations.AlterField(
            model_name="ledgeraccount",
            name="account_type",
            field=models.CharField(
                blank=True, default="", help_text="In QuickBooks's words, such as Income.", max_length=40
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgeraccount",
            constraint=models.UniqueConstraint(
                fields=("pair", "of", "full_name"), name="one_entry_per_list_and_name"
            ),
        ),
    ]
