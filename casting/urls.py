from casting.views import ActorViewSet, MovieViewSet
from dialects.base import EitherSlashRouter

app_name = "casting"
router = EitherSlashRouter()
router.register("actors", ActorViewSet)
router.register("movies", MovieViewSet)
urlpatterns = router.urls
