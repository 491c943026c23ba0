"""Flask-Restless-NG as it comes: one call for each table."""

from __future__ import annotations

import os

from flask import Flask
from flask_restless import APIManager
from sqlalchemy import create_engine
from sqlalchemy.orm import scoped_session, sessionmaker

from benchmarks.peers.tables import Creator, Playlist, Video, database_url

app = Flask(__name__)
threads = int(os.environ["WEB_THREADS"])
engine = create_engine(database_url("psycopg2"), pool_size=threads)
session = scoped_session(sessionmaker(engine))
manager = APIManager(app, session=session)
for model, name in [(Creator, "user"), (Playlist, "playlist"), (Video, "video")]:
    manager.create_api(model, collection_name=name, page_size=10, max_page_size=100)


@app.teardown_request
def give_back(error: BaseException | None) -> None:
    session.remove()
