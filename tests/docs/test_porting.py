"""The tables of docs/porting: every option, and an example of its counterpart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

import pytest
from django.conf import settings

from dialects.restless.filter_objects import OPERATORS


def names(text: str) -> set[str]:
    return set(text.split())


FOLDER = settings.BASE_DIR / "docs/porting"
RESTLESS = (FOLDER / "flask-restless.md").read_text()
DBBASE = (FOLDER / "flask-restful-dbbase.md").read_text()
NAMES = sorted(path.name for path in FOLDER.glob("*.md"))
PAGES = [(FOLDER / name).read_text() for name in NAMES]
# Arguments of `create_api()` in Flask-Restless-NG 3 and Flask-Restless 1.0.
CREATE_API = names(
    """
    model methods url_prefix collection_name primary_key allow_non_primary_key_id only
    exclude additional_attributes validation_exceptions page_size max_page_size
    preprocessors postprocessors serializer serializer_class deserializer
    deserializer_class includes allow_to_many_replacement allow_client_generated_ids
    allow_delete_from_to_many_relationships allow_functions
"""
)
MANAGER = names(
    """
    app session flask_sqlalchemy_db url_prefix include_links preprocessors
    postprocessors init_app() create_api() create_api_blueprint() url_for()
    collection_name() model_for() serializer_for() primary_key_for()
    IllegalArgumentError ProcessingException Serializer Deserializer
    DefaultSerializer DefaultDeserializer simple_serialize() simple_serialize_many()
    SerializationException MultipleExceptions DeserializationException
    CONTENT_TYPE JSONAPI_MIMETYPE register_operator()
"""
)
PROCESSORS = names(
    """
    GET_COLLECTION GET_RESOURCE GET_RELATION GET_TO_MANY_RELATION GET_TO_ONE_RELATION
    GET_RELATED_RESOURCE POST_RESOURCE PATCH_RESOURCE DELETE_RESOURCE GET_RELATIONSHIP
    GET_TO_MANY_RELATIONSHIP GET_TO_ONE_RELATIONSHIP POST_RELATIONSHIP
    PATCH_RELATIONSHIP DELETE_RELATIONSHIP
"""
)
# Class variables, hooks and functions of Flask-RESTful-DBBase 0.4.
DBBASE_NAMES = names(
    """
    model_class model_name url_prefix url_name serial_fields serial_field_relations
    use_date_conversions default_sort requires_parameter fields methods name
    resource_class class_vars process_get_input process_post_input process_put_input
    process_patch_input process_delete_input before_commit["post"] before_commit["put"]
    before_commit["patch"] before_commit["delete"] after_commit["post"]
    after_commit["put"] after_commit["patch"] after_commit["delete"] max_page_size
    order_by page_config pageConfig page_size limit offset debug meta_doc MetaDoc
    MethodDoc MetaResource ModelResource CollectionModelResource DBBaseResource
    create_resource() get_urls() create_url() get_meta() get_obj_params()
    get_key_names() format_key() screen_data() requirements input input_modifier
    use_default_response responses method filter WriteOnlyColumn SERIAL_FIELDS
    SERIAL_STOPLIST SERIAL_FIELD_RELATIONS doc_table() doc_column() db.Model
    db.Column db.relationship save() delete() to_dict() serialize() deserialize()
    validate_record() filter_columns() get_serial_fields()
    """
)
# Those of Flask-Restless 0.17.
OLD_NAMES = names(
    """
    include_columns exclude_columns include_methods results_per_page
    max_results_per_page post_form_preprocessor allow_patch_many allow_delete_many
    GET_SINGLE GET_MANY POST PATCH_SINGLE PUT_SINGLE DELETE DELETE_SINGLE PATCH_MANY
    PUT_MANY DELETE_MANY
"""
)
FENCED = re.compile(r"```\w+\n(.*?)```", re.DOTALL)


def tables_of(page: str) -> Iterator[list[dict[str, str]]]:
    """Yield the rows of each table, as cells by the heading of their column."""
    for table in re.findall(r"(?:^\|.*\n)+", FENCED.sub("", page), re.MULTILINE):
        head, _, *rows = map(cells_of, table.splitlines())
        assert all(len(row) == len(head) for row in rows), head
        yield [dict(zip(head, row, strict=True)) for row in rows]


def cells_of(line: str) -> list[str]:
    return [cell.replace("\\|", "|") for cell in line.strip("| ").split(" | ")]


def names_of(page: str) -> set[str]:
    """Return the names in code in the first column of all tables."""
    cells = [next(iter(row.values())) for table in tables_of(page) for row in table]
    return {name for cell in cells for name in re.findall("`([^`]+)`", cell)}


def test_the_tables_name_every_option_of_flask_restless():
    expected = CREATE_API | MANAGER | PROCESSORS | OLD_NAMES

    assert expected <= names_of(RESTLESS)


def test_the_tables_name_every_option_of_flask_restful_dbbase():
    assert names_of(DBBASE) >= DBBASE_NAMES


def test_the_operators_are_those_of_the_dialect():
    [rows] = [rows for rows in tables_of(RESTLESS) if "`==`" in str(rows[0])]
    same = {
        operator
        for row in rows
        if row["In Quintet"].startswith("The same")
        for operator in re.findall("`([^`]+)`", row["Flask-Restless"])
    }
    # The dialect's own spelling.
    assert same | {"<>"} == set(OPERATORS)


def files_in(cell: str) -> list[str]:
    paths = [
        settings.BASE_DIR / name for name in re.findall(r"`(\w+/[\w/]+\.py)`", cell)
    ]
    return [path.read_text() for path in paths if path.exists()]


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_option_has_a_counterpart_or_none(page):
    for row in chain.from_iterable(tables_of(page)):
        option, counterpart, *_ = row.values()
        assert counterpart, option
        # "None" alone leaves the reader without help.
        assert not re.fullmatch(r"None\.?", counterpart), option


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_every_example_is_a_line_of_a_block_or_of_a_file(page):
    blocks = "\n".join(FENCED.findall(page))
    # An example can also be a line of a file that the row names.
    rows = [row for row in chain.from_iterable(tables_of(page)) if "Example" in row]

    assert len(rows) > 10
    for row in rows:
        examples = re.findall("`([^`]+)`", row["Example"])
        has_none = any(cell.startswith("None.") for cell in row.values())
        assert examples or has_none, row
        text = "\n".join([blocks, *files_in(" ".join(row.values()))])
        assert all(example in text for example in examples), row
