"""Filters of JSON:API as client libraries write them."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from media_catalog.demo import VIDEOS
from tests.inputs.cases import Case, Server
from tests.media_catalog.jsonapi import MEDIA_TYPE, resource

ADAS = ["demo-video-hull", "demo-video-noon-sight", "demo-video-splice"]
BOBS = ["demo-video-bread", "demo-video-bread-draft", "demo-video-ten-km"]
TRAINING = ["demo-video-spring", "demo-video-ten-km"]
ALL = sorted(f"demo-video-{name}" for name, *_ in VIDEOS)


def finds(path: str, *ids: str, kind: str = "video") -> Case:
    """Return a request that has to return these ids alone, in this order."""
    joint = "&" if "?" in path else "?"
    rows = [{"id": key, "type": kind} for key in ids]
    shows = f'{{"data": {json.dumps(rows)}'
    return Case(f"GET /api/{path}{joint}fields[{kind}]=", status=200, shows=shows)


def refused(path: str, shows: str) -> Case:
    return Case(f"GET /api/{path}", shows=shows)


@pytest.mark.difference(
    "Media catalog: JSON:API",
    old="Ignores `filter[author]=a`",
    new="Returns the resources that are related to these IDs",
    why="JSON:API recommends it, and Orbit sends it",
)
def test_a_relationship_can_be_filtered_by_ids(server: Server) -> None:
    ada, bob, comma = "demo-user-ada", "demo-user-bob", quote("Ada, Bob")
    many = ",".join(map(str, range(101)))
    headers = {"Content-Type": MEDIA_TYPE}
    videos = {"owned_videos": {"data": [{"type": "video", "id": ALL[0]}]}}
    user = resource("user", "Ada, Bob", relationships=videos)
    server.check(
        [
            finds(f"video?filter[author]={ada}", *ADAS),
            finds(f"video?filter[author]={ada},{bob}", *sorted(ADAS + BOBS)),
            finds(f"video?filter[author]={ada}&filter[deleted]=1"),
            finds("video?filter[author]=nobody"),
            finds("video?filter[author]="),
            finds(f"video?filter[author]={ada}&sort=-id", *reversed(ADAS)),
            finds(f"video?filter[author]={ada}&page[size]=2", *ADAS[:2]),
            finds("video?filter[playlists]=demo-playlist-training", *TRAINING),
            finds("user?filter[owned_videos]=" + ",".join(ADAS), ada, kind="user"),
            finds(f"playlist/demo-playlist-on-board/videos?filter[author]={bob}"),
            finds(f"user/{ada}/owned_videos?filter[author]={ada}", *ADAS),
            Case("POST /api/user", user, 201, headers=headers),
            finds(f"video?filter[author]={comma}", ALL[0]),
            refused("video?filter[authr]=a", '"did_you_mean": "author"'),
            refused("video?filter[owner]=a", "filter[owner]"),
            refused(f"video?filter[author]={many}", "At most 100 values"),
            refused("video?filter[author]=a%00", "filter[author]"),
            refused("video?filter[author][]=a", "filter[author][]"),
        ]
    )


def test_a_list_of_ids_comes_on_one_page(server: Server) -> None:
    listed = ",".join(ALL)
    repeated = "&".join(f"filter[id][]={key}" for key in ALL)
    padded = ",".join([*ALL, *map(str, range(100 - len(ALL)))])
    server.check(
        [
            finds(f"video?filter[id]={listed}", *ALL),
            finds(f"video?{repeated}", *ALL),
            finds(f"video?filter[id]={padded}", *ALL),
            finds(f"video?filter[id]={listed}&page[size]=2", *ALL[:2]),
            finds(f"video?{repeated}&page[size]=2&page[number]=8", *ALL[14:]),
            finds(f"video?filter[id]={listed}&page[after]=", *ALL),
            finds("video", *ALL[:10]),
            finds(f"video?filter[id]={listed}&page[number]=2"),
        ]
    )
