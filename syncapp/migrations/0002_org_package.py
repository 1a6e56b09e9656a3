from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('syncapp', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='org',
            name='package',
            field=models.JSONField(default=dict, editable=False, help_text='What the last look at our package found.'),
        ),
    ]
