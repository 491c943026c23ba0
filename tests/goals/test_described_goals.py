"""The OpenAPI document of goals: three forms of the list, and closed bodies."""

from __future__ import annotations

from tests.support.openapi import document


def test_each_form_of_the_list_has_a_component_or_rows():
    response = document()["paths"]["/v1.0/goals"]["get"]["responses"]["200"]
    forms = response["content"]["application/json"]["schema"]["anyOf"]

    names = [form.get("$ref", "").rpartition("/")[2] for form in forms]
    assert names == ["DetailedGoalTree", "GoalTree", ""]
    assert forms[2]["items"]["$ref"].endswith("/Goal")


def test_a_goal_is_deleted_by_parameters_since_generators_send_no_body():
    parameters = document()["paths"]["/v1.0/goals"]["delete"]["parameters"]

    required = {each["name"]: each.get("required", False) for each in parameters}
    assert required == {"name": True, "user": False, "cascade": False}


def test_bodies_that_refuse_unknown_fields_say_so():
    schemas = document()["components"]["schemas"]

    assert schemas["NewGoalRequest"]["additionalProperties"] is False
    assert "user" not in schemas["NewGoalRequest"]["required"]
    # What GET shows can be sent back.
    assert "additionalProperties" not in schemas["PatchedGoalChangeRequest"]
