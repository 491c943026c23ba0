"""Movies with their release dates in their home countries, and their leading actors.

An actor's age is that of 1 January 2026: 2025 less the year of birth, for no birthday
is on that day.
"""

from __future__ import annotations

from datetime import date

from casting.models import Actor, Movie
from common.db.demo import find_or_add, is_overwritten

# Name, year of birth, gender.
ACTORS = [
    ("Al Pacino", 1940, "male"),
    ("Talia Shire", 1946, "female"),
    ("Mark Hamill", 1951, "male"),
    ("Harrison Ford", 1942, "male"),
    ("Sigourney Weaver", 1949, "female"),
    ("Veronica Cartwright", 1949, "female"),
    ("Karen Allen", 1951, "female"),
    ("Sean Young", 1959, "female"),
    ("Edward James Olmos", 1947, "male"),
    ("Arnold Schwarzenegger", 1947, "male"),
    ("Linda Hamilton", 1956, "female"),
    ("Michael Biehn", 1956, "male"),
    ("Michael J. Fox", 1961, "male"),
    ("Christopher Lloyd", 1938, "male"),
    ("Lea Thompson", 1961, "female"),
    ("Julia Roberts", 1967, "female"),
    ("Richard Gere", 1949, "male"),
    ("Jodie Foster", 1962, "female"),
    ("Anthony Hopkins", 1937, "male"),
    ("Robert Patrick", 1958, "male"),
    ("Sam Neill", 1947, "male"),
    ("Laura Dern", 1967, "female"),
    ("Jeff Goldblum", 1952, "male"),
    ("Tom Hanks", 1956, "male"),
    ("Robin Wright", 1966, "female"),
    ("Gary Sinise", 1955, "male"),
    ("Tim Robbins", 1958, "male"),
    ("Morgan Freeman", 1937, "male"),
    ("John Travolta", 1954, "male"),
    ("Uma Thurman", 1970, "female"),
    ("Samuel L. Jackson", 1948, "male"),
    ("Brad Pitt", 1963, "male"),
    ("Gwyneth Paltrow", 1972, "female"),
    ("Leonardo DiCaprio", 1974, "male"),
    ("Kate Winslet", 1975, "female"),
    ("Keanu Reeves", 1964, "male"),
    ("Laurence Fishburne", 1961, "male"),
    ("Carrie-Anne Moss", 1967, "female"),
    ("Edward Norton", 1969, "male"),
    ("Helena Bonham Carter", 1966, "female"),
    ("Aaron Eckhart", 1968, "male"),
    ("Audrey Tautou", 1976, "female"),
    ("Mathieu Kassovitz", 1967, "male"),
    ("Amy Adams", 1974, "female"),
    ("Lucy Liu", 1968, "female"),
    ("Penélope Cruz", 1974, "female"),
    ("Carmen Maura", 1945, "female"),
    ("Christian Bale", 1974, "male"),
    ("Gary Oldman", 1958, "male"),
    ("Joseph Gordon-Levitt", 1981, "male"),
    ("Marion Cotillard", 1975, "female"),
    ("Ryan Gosling", 1980, "male"),
    ("Emma Stone", 1988, "female"),
    ("Song Kang-ho", 1967, "male"),
    ("Park So-dam", 1991, "female"),
    ("Margot Robbie", 1990, "female"),
    ("Cillian Murphy", 1976, "male"),
    ("Emily Blunt", 1983, "female"),
]

# Title, release date, actors.
MOVIES = [
    ("The Godfather", "1972-03-24", ["Al Pacino", "Talia Shire"]),
    ("Star Wars", "1977-05-25", ["Mark Hamill", "Harrison Ford"]),
    ("Alien", "1979-05-25", ["Sigourney Weaver", "Veronica Cartwright"]),
    ("Raiders of the Lost Ark", "1981-06-12", ["Harrison Ford", "Karen Allen"]),
    (
        "Blade Runner",
        "1982-06-25",
        ["Harrison Ford", "Sean Young", "Edward James Olmos"],
    ),
    (
        "The Terminator",
        "1984-10-26",
        ["Arnold Schwarzenegger", "Linda Hamilton", "Michael Biehn"],
    ),
    (
        "Back to the Future",
        "1985-07-03",
        ["Michael J. Fox", "Christopher Lloyd", "Lea Thompson"],
    ),
    ("Aliens", "1986-07-18", ["Sigourney Weaver", "Michael Biehn"]),
    ("Pretty Woman", "1990-03-23", ["Julia Roberts", "Richard Gere"]),
    ("The Silence of the Lambs", "1991-02-14", ["Jodie Foster", "Anthony Hopkins"]),
    (
        "Terminator 2: Judgment Day",
        "1991-07-03",
        ["Arnold Schwarzenegger", "Linda Hamilton", "Robert Patrick"],
    ),
    ("Jurassic Park", "1993-06-11", ["Sam Neill", "Laura Dern", "Jeff Goldblum"]),
    ("Forrest Gump", "1994-07-06", ["Tom Hanks", "Robin Wright", "Gary Sinise"]),
    ("The Shawshank Redemption", "1994-09-23", ["Tim Robbins", "Morgan Freeman"]),
    (
        "Pulp Fiction",
        "1994-10-14",
        ["John Travolta", "Uma Thurman", "Samuel L. Jackson"],
    ),
    ("Seven", "1995-09-22", ["Brad Pitt", "Morgan Freeman", "Gwyneth Paltrow"]),
    ("Titanic", "1997-12-19", ["Leonardo DiCaprio", "Kate Winslet"]),
    (
        "The Matrix",
        "1999-03-31",
        ["Keanu Reeves", "Laurence Fishburne", "Carrie-Anne Moss"],
    ),
    (
        "Fight Club",
        "1999-10-15",
        ["Brad Pitt", "Edward Norton", "Helena Bonham Carter"],
    ),
    ("Erin Brockovich", "2000-03-17", ["Julia Roberts", "Aaron Eckhart"]),
    ("Amélie", "2001-04-25", ["Audrey Tautou", "Mathieu Kassovitz"]),
    (
        "Catch Me If You Can",
        "2002-12-25",
        ["Leonardo DiCaprio", "Tom Hanks", "Amy Adams"],
    ),
    ("Kill Bill: Volume 1", "2003-10-10", ["Uma Thurman", "Lucy Liu"]),
    ("Volver", "2006-03-17", ["Penélope Cruz", "Carmen Maura"]),
    (
        "The Dark Knight",
        "2008-07-18",
        ["Christian Bale", "Aaron Eckhart", "Gary Oldman", "Morgan Freeman"],
    ),
    (
        "Inception",
        "2010-07-16",
        ["Leonardo DiCaprio", "Joseph Gordon-Levitt", "Marion Cotillard"],
    ),
    ("La La Land", "2016-12-09", ["Ryan Gosling", "Emma Stone"]),
    ("Parasite", "2019-05-30", ["Song Kang-ho", "Park So-dam"]),
    ("Barbie", "2023-07-21", ["Margot Robbie", "Ryan Gosling"]),
    ("Oppenheimer", "2023-07-21", ["Cillian Murphy", "Emily Blunt"]),
]


def load() -> int:
    """Add the missing actors and movies, and return their number."""
    rows = {row[0]: add_actor(number, *row) for number, row in enumerate(ACTORS, 1)}
    actors = {name: actor for name, (actor, _) in rows.items()}
    added = sum(is_new for _, is_new in rows.values())
    for number, (title, release_date, cast) in enumerate(MOVIES, 1):
        added += add_movie(number, title, release_date, [actors[name] for name in cast])
    return added


def add_actor(number: int, name: str, born: int, gender: str) -> tuple[Actor, bool]:
    defaults = {"age": 2025 - born, "gender": gender}
    return find_or_add(Actor, number=number, name=name, defaults=defaults)


def add_movie(number: int, title: str, release_date: str, cast: list[Actor]) -> bool:
    released = date.fromisoformat(release_date)
    movie, is_new = find_or_add(
        Movie, number=number, title=title, release_date=released
    )
    if is_new or is_overwritten(movie, number):
        movie.actors.set(cast)
    return is_new
