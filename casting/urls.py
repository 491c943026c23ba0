from casting.views import (
    ActorMoviesViewSet,
    ActorViewSet,
    MovieActorsViewSet,
    MovieViewSet,
)
from dialects.routers import INTEGER_ID, EitherSlashRouter

app_name = "casting"
router = EitherSlashRouter()
router.register("actors", ActorViewSet)
router.register("movies", MovieViewSet)
router.register(
    f"actors/(?P<actor_id>{INTEGER_ID})/movies", ActorMoviesViewSet, "actor-movies"
)
router.register(
    f"movies/(?P<movie_id>{INTEGER_ID})/actors", MovieActorsViewSet, "movie-actors"
)
urlpatterns = router.urls
