from bucketlists.views import BucketlistViewSet
from dialects.base import EitherSlashRouter

app_name = "bucketlists"
router = EitherSlashRouter()
router.register("bucketlists", BucketlistViewSet)
urlpatterns = router.urls
