from casting.views import (
    ActorMoviesViewSet,
    ActorViewSet,
    MovieActorsViewSet,
    MovieViewSet,
)
from dialects.base import EitherSlashRouter

ID = "[0-9]{1,18}"

app_name = "casting"
router = EitherSlashRouter()
router.register("actors", ActorViewSet)
router.register("movies", MovieViewSet)
router.register(f"actors/(?P<actor_id>{ID})/movies", ActorMoviesViewSet, "actor-movies")
router.register(f"movies/(?P<movie_id>{ID})/actors", MovieActorsViewSet, "movie-actors")
urlpatterns = router.urls
