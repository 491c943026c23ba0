"""Rows that are known are a queryset like any other, read already."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from django.db.models import QuerySet

from bucketlists.models import Bucketlist, Item
from common.prefetched import know_related, parent_of, related_to
from media_catalog.models import Playlist, Video
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def bucketlist() -> Bucketlist:
    found = Bucketlist.objects.create(name="a", created_by=UserFactory())
    for position in range(3):
        Item.objects.create(bucketlist=found, name=str(position), position=position)
    return Bucketlist.objects.get(pk=found.pk)


@pytest.fixture
def known(bucketlist) -> Bucketlist:
    know_related(bucketlist, "items", list(Item.objects.order_by("pk")))
    return bucketlist


def names(items: Any) -> list[str]:
    return [item.name for item in items]


def test_what_is_known_is_not_read(known, django_assert_num_queries):
    with django_assert_num_queries(0):
        items = known.items.all()
        assert names(items) == names(related_to(known, "items")) == ["0", "1", "2"]
        assert (len(items), items.count(), items.exists()) == (3, 3, True)
        assert (items[0].name, names(items[1:]), bool(items)) == ("0", ["1", "2"], True)
        assert isinstance(items, QuerySet)


def test_nothing_is_known_as_well(bucketlist, django_assert_num_queries):
    know_related(bucketlist, "items", [])
    with django_assert_num_queries(0):
        assert not bucketlist.items.all()
        assert not list(related_to(bucketlist, "items"))


def test_more_is_asked_of_the_database(known, bucketlist, django_assert_num_queries):
    Item.objects.create(
        bucketlist=Bucketlist.objects.create(name="b", created_by=known.created_by),
        name="other",
    )
    items = known.items.all()
    with django_assert_num_queries(3):
        assert names(items.filter(name="1")) == ["1"]
        assert names(known.items.order_by("-name")) == ["2", "1", "0"]
        assert items.last_position() == 2
    with django_assert_num_queries(0):
        assert names(known.items.all()) == ["0", "1", "2"]
    assert type(items) is type(Bucketlist(pk=known.pk).items.all())


@pytest.mark.parametrize(
    "twin", [copy.deepcopy, lambda items: pickle.loads(pickle.dumps(items))]
)
def test_it_can_be_copied(known, twin):
    assert names(twin(known.items.all())) == ["0", "1", "2"]
    assert names(twin(known).items.all()) == ["0", "1", "2"]


def test_what_is_linked_can_be_known(django_assert_num_queries):
    video, other = Video.objects.create(id="v"), Playlist.objects.create(id="other")
    playlist = Playlist.objects.create(id="p")
    video.playlists.add(playlist)
    know_related(video, "playlists", [playlist, other])
    with django_assert_num_queries(0):
        assert list(video.playlists.all()) == [playlist, other]
    assert list(video.playlists.filter(id__gt="")) == [playlist]


def test_what_is_not_known_is_read(bucketlist, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert names(related_to(bucketlist, "items")) == ["0", "1", "2"]


def test_a_parent_is_read_once(known, django_assert_num_queries):
    item = Item.objects.get(name="0")
    with django_assert_num_queries(1):
        assert parent_of(item, "bucketlist") == parent_of(item, "bucketlist") == known
