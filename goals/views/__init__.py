from goals.views.collection import GoalsView
from goals.views.goal import GoalViewSet
from goals.views.pictures import GoalsImage, GoalsPage
from goals.views.users import UsersView

__all__ = ["GoalViewSet", "GoalsImage", "GoalsPage", "GoalsView", "UsersView"]
