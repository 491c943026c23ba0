from goals.views.collection import MAX_ROWS, GoalsView
from goals.views.goal import GoalViewSet
from goals.views.users import UsersView

__all__ = ["MAX_ROWS", "GoalViewSet", "GoalsView", "UsersView"]
