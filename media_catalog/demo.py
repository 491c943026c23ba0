"""Demo data: videos, their creators and playlists, and books with their authors.

Some creators belong to a demo account, which can change their videos and playlists.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from accounts.demo import account
from common.db.demo import find_or_add, is_overwritten, utc
from media_catalog.models import Author, Book, Creator, Playlist, Video

# ID, name, account, creation time.
CREATORS = [
    ("demo-user-ada", "Ada", "ada", "2026-01-05 09:10"),
    ("demo-user-bob", "Bob", "bob", "2026-01-05 09:20"),
    ("demo-user-blender", "Blender Studio", None, "2026-01-06 12:00"),
    ("demo-user-newcomer", "Newcomer", None, "2026-09-30 23:59"),
]

# ID, title, author, creation time, `deleted`.
VIDEOS = [
    ("elephants-dream", "Elephants Dream", "blender", "2026-01-06 12:10", 0),
    ("big-buck-bunny", "Big Buck Bunny", "blender", "2026-01-06 12:20", 0),
    ("sintel", "Sintel", "blender", "2026-01-06 12:30", 0),
    ("tears-of-steel", "Tears of Steel", "blender", "2026-01-06 12:40", 0),
    ("cosmos-laundromat", "Cosmos Laundromat", "blender", "2026-01-06 12:50", 0),
    ("spring", "Spring", "blender", "2026-01-06 13:00", 0),
    ("coffee-run", "Coffee Run", "blender", "2026-01-06 13:10", 0),
    ("sprite-fright", "Sprite Fright", "blender", "2026-01-06 13:20", 0),
    ("splice", "How to splice a rope", "ada", "2026-02-14 17:00", 0),
    ("noon-sight", "A noon sight, step by step", "ada", "2026-06-21 14:00", 0),
    ("hull", "Painting a hull in twelve days", "ada", "2026-05-17 08:00", 0),
    ("ten-km", "My first ten kilometres", "bob", "2026-04-12 11:30", 0),
    ("bread", "Bread without a recipe", "bob", "2026-07-26 15:00", 0),
    ("bread-draft", "Bread without a recipe (first try)", "bob", "2026-07-19 15:00", 1),
    ("harbour", "Fog in the harbour", None, "2026-03-21 06:45", 0),
]

# ID, title, owner, videos, creation time.
PLAYLISTS = [
    (
        "open-movies",
        "Open movies",
        "blender",
        [
            "elephants-dream",
            "big-buck-bunny",
            "sintel",
            "tears-of-steel",
            "cosmos-laundromat",
            "spring",
            "coffee-run",
            "sprite-fright",
        ],
        "2026-01-06 14:00",
    ),
    (
        "on-board",
        "For long evenings on board 🌊",
        "ada",
        ["big-buck-bunny", "sintel", "splice", "noon-sight", "harbour"],
        "2026-06-22 20:00",
    ),
    (
        "training",
        "While on the treadmill",
        "bob",
        ["spring", "ten-km"],
        "2026-04-13 06:30",
    ),
    ("later", "Watch later", "bob", [], "2026-08-08 08:08"),
]

# First name, last name, books: ISBN, title, year. The first three authors and their
# books come from the DBBase guide, in its order. On an empty database they get the same
# IDs, so its examples work. The guide itself adds Skiena's book.
AUTHORS = [
    (
        "Geoffrey",
        "Cooper",
        [
            ("0-87893-214-3", "The Cell: A Molecular Approach, 3rd edition", 2004),
            ("978-0878932191", "The Cell: A Molecular Approach, 4th edition", 2006),
            ("978-1605352909", "The Cell: A Molecular Approach, 7th edition", 2015),
            ("978-1605357072", "The Cell: A Molecular Approach, 9th edition", 2018),
        ],
    ),
    (
        "Serope",
        "Kalpakjian",
        [
            (
                "978-0133128741",
                "Manufacturing Engineering & Technology (7th Edition)",
                2013,
            )
        ],
    ),
    ("Steven", "Skiena", []),
    (
        "Donald",
        "Knuth",
        [
            (
                "978-0201896831",
                "The Art of Computer Programming, Volume 1: Fundamental Algorithms",
                1997,
            ),
            (
                "978-0201896848",
                "The Art of Computer Programming, Volume 2: Seminumerical Algorithms",
                1997,
            ),
            (
                "978-0201896855",
                "The Art of Computer Programming, Volume 3: Sorting and Searching",
                1998,
            ),
        ],
    ),
    (
        "Brian",
        "Kernighan",
        [("978-0131103627", "The C Programming Language, 2nd edition", 1988)],
    ),
    (
        "Frederick",
        "Brooks",
        [("978-0201835953", "The Mythical Man-Month, Anniversary Edition", 1995)],
    ),
    (
        "Martin",
        "Fowler",
        [
            (
                "978-0201485677",
                "Refactoring: Improving the Design of Existing Code",
                1999,
            ),
            ("978-0321127426", "Patterns of Enterprise Application Architecture", 2002),
        ],
    ),
    ("Eric", "Evans", [("978-0321125217", "Domain-Driven Design", 2003)]),
    (
        "Michael",
        "Feathers",
        [("978-0131177055", "Working Effectively with Legacy Code", 2004)],
    ),
    ("Steve", "McConnell", [("978-0735619678", "Code Complete, 2nd edition", 2004)]),
    ("Luciano", "Ramalho", [("978-1491946008", "Fluent Python", 2015)]),
    (
        "Martin",
        "Kleppmann",
        [("978-1449373320", "Designing Data-Intensive Applications", 2017)],
    ),
]


def load() -> int:
    """Add the missing rows and return their number."""
    return sum(
        chain(
            (add_creator(*creator) for creator in CREATORS),
            (add_video(*video) for video in VIDEOS),
            (add_playlist(*playlist) for playlist in PLAYLISTS),
            (add_author(number, *row[:2]) for number, row in enumerate(AUTHORS, 1)),
            (add_book(number, *book) for number, book in enumerate(books(), 1)),
        )
    )


def add_creator(pk: str, name: str, owner: str | None, created: str) -> bool:
    moment = utc(created)
    _, is_new = find_or_add(
        Creator,
        id=pk,
        defaults={
            "name": name,
            "account": account(owner) if owner else None,
            "create_at": moment,
            "update_at": moment,
            "deleted": 0,
        },
    )
    return is_new


def add_video(
    pk: str, title: str, author: str | None, created: str, deleted: int
) -> bool:
    moment = utc(created)
    _, is_new = find_or_add(
        Video,
        id=f"demo-video-{pk}",
        defaults={
            "title": title,
            "author": Creator.objects.get(pk=f"demo-user-{author}") if author else None,
            "create_at": moment,
            "update_at": moment,
            "deleted": deleted,
        },
    )
    return is_new


def add_playlist(
    pk: str, title: str, owner: str, videos: list[str], created: str
) -> bool:
    moment = utc(created)
    playlist, is_new = find_or_add(
        Playlist,
        id=f"demo-playlist-{pk}",
        defaults={
            "title": title,
            "owner": Creator.objects.get(pk=f"demo-user-{owner}"),
            "create_at": moment,
            "update_at": moment,
            "deleted": 0,
        },
    )
    if is_new or is_overwritten(playlist):
        playlist.videos.clear()
        # One by one, in the order of the playlist.
        for video in videos:
            playlist.videos.add(Video.objects.get(pk=f"demo-video-{video}"))
    return is_new


def add_author(number: int, first_name: str, last_name: str) -> bool:
    _, is_new = find_or_add(
        Author, number=number, first_name=first_name, last_name=last_name
    )
    return is_new


def books() -> Iterator[tuple[str, str, int, str, str]]:
    """Return the ISBN, title and year of each book, and the names of its author."""
    for first_name, last_name, rows in AUTHORS:
        yield from ((*row, first_name, last_name) for row in rows)


def add_book(
    number: int, isbn: str, title: str, pub_year: int, first_name: str, last_name: str
) -> bool:
    authors = Author.objects.filter(first_name=first_name, last_name=last_name)
    author = authors.order_by("pk")[0]
    defaults = {"title": title, "pub_year": pub_year, "author": author}
    _, is_new = find_or_add(Book, number=number, isbn=isbn, defaults=defaults)
    return is_new
