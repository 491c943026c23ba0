from goals.views.collection import GoalsView
from goals.views.goal import GoalViewSet
from goals.views.users import UsersView

__all__ = ["GoalViewSet", "GoalsView", "UsersView"]
