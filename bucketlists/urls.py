from bucketlists.views import BucketlistViewSet, ItemViewSet
from dialects.base import Dialect, EitherSlashRouter

app_name = "bucketlists"
router = EitherSlashRouter()
router.register("bucketlists", BucketlistViewSet)
router.register(
    rf"bucketlists/(?P<id>{Dialect.lookup_value_regex})/items", ItemViewSet, "item"
)
urlpatterns = router.urls
