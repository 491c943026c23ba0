"""Quintet's tables for Django's own peers, as far as the workloads need them."""

from __future__ import annotations

from django.db import models


class User(models.Model):
    name = models.CharField(max_length=64)

    class Meta:
        managed = False
        db_table = "accounts_user"


class Creator(models.Model):
    id = models.CharField(primary_key=True, max_length=255)

    class Meta:
        managed = False
        db_table = "media_catalog_creator"

    class JSONAPIMeta:
        resource_name = "user"


class Video(models.Model):
    id = models.CharField(primary_key=True, max_length=255)
    title = models.TextField(null=True)  # noqa: DJ001
    create_at = models.DateTimeField(null=True)
    update_at = models.DateTimeField(null=True)
    deleted = models.IntegerField(null=True)
    author = models.ForeignKey(Creator, models.SET_NULL, null=True)

    class Meta:
        managed = False
        db_table = "media_catalog_video"


class Playlist(models.Model):
    id = models.CharField(primary_key=True, max_length=255)
    videos = models.ManyToManyField(
        Video, related_name="playlists", db_table="media_catalog_playlist_videos"
    )

    class Meta:
        managed = False
        db_table = "media_catalog_playlist"
        ordering = ["id"]

    class JSONAPIMeta:
        resource_name = "playlist"


class Author(models.Model):
    first_name = models.CharField(max_length=50)
    last_name = models.CharField(max_length=50)

    class Meta:
        managed = False
        db_table = "media_catalog_author"

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"


class Book(models.Model):
    isbn = models.CharField(max_length=20, null=True)  # noqa: DJ001
    title = models.CharField(max_length=100)
    pub_year = models.IntegerField()
    author = models.ForeignKey(Author, models.PROTECT)

    class Meta:
        managed = False
        db_table = "media_catalog_book"


class Goal(models.Model):
    user = models.ForeignKey(User, models.CASCADE)
    parent = models.ForeignKey("self", models.RESTRICT, null=True)
    name = models.CharField(max_length=64)
    archived = models.DateTimeField(null=True)
    position = models.IntegerField(null=True)

    class Meta:
        managed = False
        db_table = "goals_goal"


class Invoice(models.Model):
    user = models.ForeignKey(User, models.PROTECT)
    invoice_date = models.DateField()
    billed_name = models.CharField(max_length=64)
    billed_email = models.EmailField()
    seller = models.TextField()

    class Meta:
        managed = False
        db_table = "orders_invoice"


class InvoiceItem(models.Model):
    invoice = models.ForeignKey(Invoice, models.CASCADE, related_name="invoice_items")
    part_code = models.CharField(max_length=80)
    units = models.IntegerField()
    unit_price = models.DecimalField(max_digits=12, decimal_places=2)

    class Meta:
        managed = False
        db_table = "orders_invoiceitem"


class Actor(models.Model):
    name = models.CharField(max_length=255)
    age = models.PositiveSmallIntegerField()
    gender = models.CharField(max_length=64)

    class Meta:
        managed = False
        db_table = "casting_actor"


class Bucketlist(models.Model):
    name = models.CharField(max_length=255)
    created_by = models.ForeignKey(User, models.CASCADE)
    date_created = models.DateTimeField(auto_now_add=True)
    date_modified = models.DateTimeField(auto_now=True)

    class Meta:
        managed = False
        db_table = "bucketlists_bucketlist"
