"""Quintet's tables for SQLAlchemy, as far as the workloads need them."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Column, DateTime, ForeignKey, Numeric, Table
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

MAX_ACTORS = int(os.environ["QUINTET_MAX_UNPAGED"])
TOKEN_KEY = os.environ["TOKEN_KEY"]


def database_url(driver: str) -> str:
    return f"postgresql+{driver}://" + os.environ["DATABASE_URL"].partition("://")[2]


def now() -> datetime:
    return datetime.now(UTC)


class NaiveDateTime(TypeDecorator[datetime]):
    """Shown without a time zone, which is UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Any) -> datetime | None:
        return value and value.replace(tzinfo=None)


class Base(DeclarativeBase):
    pass


class User(Base):
    __tablename__ = "accounts_user"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Creator(Base):
    __tablename__ = "media_catalog_creator"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str | None]


linkage = Table(
    "media_catalog_playlist_videos",
    Base.metadata,
    Column("playlist_id", ForeignKey("media_catalog_playlist.id"), primary_key=True),
    Column("video_id", ForeignKey("media_catalog_video.id"), primary_key=True),
)


class Playlist(Base):
    __tablename__ = "media_catalog_playlist"
    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str | None]


class Video(Base):
    __tablename__ = "media_catalog_video"
    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str | None]
    create_at: Mapped[datetime | None] = mapped_column(NaiveDateTime)
    update_at: Mapped[datetime | None] = mapped_column(NaiveDateTime)
    deleted: Mapped[int | None]
    author_id: Mapped[str | None] = mapped_column(
        ForeignKey("media_catalog_creator.id")
    )
    author: Mapped[Creator | None] = relationship()
    playlists: Mapped[list[Playlist]] = relationship(
        secondary=linkage, order_by=Playlist.id
    )


class Author(Base):
    __tablename__ = "media_catalog_author"
    id: Mapped[int] = mapped_column(primary_key=True)
    first_name: Mapped[str]
    last_name: Mapped[str]

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"


class Book(Base):
    __tablename__ = "media_catalog_book"
    id: Mapped[int] = mapped_column(primary_key=True)
    isbn: Mapped[str | None]
    title: Mapped[str]
    pub_year: Mapped[int]
    author_id: Mapped[int] = mapped_column(ForeignKey("media_catalog_author.id"))
    author: Mapped[Author] = relationship()


class Goal(Base):
    __tablename__ = "goals_goal"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("accounts_user.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("goals_goal.id"))
    name: Mapped[str]
    archived: Mapped[datetime | None]
    position: Mapped[int | None]


class Invoice(Base):
    __tablename__ = "orders_invoice"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("accounts_user.id"))
    invoice_date: Mapped[date]
    billed_name: Mapped[str] = mapped_column(default="")
    billed_email: Mapped[str] = mapped_column(default="")
    seller: Mapped[str] = mapped_column(default="")
    invoice_items: Mapped[list[InvoiceItem]] = relationship()


class InvoiceItem(Base):
    __tablename__ = "orders_invoiceitem"
    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("orders_invoice.id"))
    part_code: Mapped[str]
    units: Mapped[int]
    unit_price: Mapped[float] = mapped_column(Numeric(12, 2, asdecimal=False))


class Actor(Base):
    __tablename__ = "casting_actor"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    age: Mapped[int]
    gender: Mapped[str]


class Bucketlist(Base):
    __tablename__ = "bucketlists_bucketlist"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    created_by: Mapped[int] = mapped_column(
        "created_by_id", ForeignKey("accounts_user.id")
    )
    date_created: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    date_modified: Mapped[datetime] = mapped_column(
        DateTime(timezone=True), default=now
    )
