from bucketlists.views import BucketlistViewSet, ItemViewSet
from dialects.routers import INTEGER_ID, EitherSlashRouter

app_name = "bucketlists"
router = EitherSlashRouter()
router.register("bucketlists", BucketlistViewSet)
router.register(rf"bucketlists/(?P<id>{INTEGER_ID})/items", ItemViewSet, "item")
urlpatterns = router.urls
