"""Dates in any form that can only mean one day."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ValidationError

from dialects.dbbase.fields import DbbaseDateField, DbbaseDateTimeField

DAYS = [
    *("2020-08-27", "20200827", "2020/08/27", "2020.08.27", "27.8.2020"),
    *("8/27/2020", "27/8/2020", "8/27/20", "Aug 27 2020", "27 Aug 2020"),
    *("August 27, 2020", "27th of August 2020", "Thu Aug 27 2020", "27-AUG-2020"),
]
NOT_DAYS = [
    *("", " ", "10", "monday", "2020", "Aug 2020", "Aug 27", "2020-08", "12/2020"),
    *("not a date", "today", "10:30", "2020-02-30", "2020-13-40", "0", "00/00/0000"),
    *("Aug 27 20200", "99999999999999999999", "2020-08-27 " * 20, "\x00", "٢", "nan"),
    *("monday 2020 Aug", "1598524667", "2020-08-27 25:00", "2020-08-27 10:00 EST"),
    *("2020-08-27 10:00 GMT+3", "2020-08-27 10:00+99:99", "-99:9" + "9" * 25),
    *(20200827, 1.5, True, [], {}, ["2020-08-27"]),
    # Two people would read another day.
    *("8/9/2020", "9.8.2020", "8-9-2020", "8 9 2020", "8,9,2020", "8/9/20", "08.09.20"),
    *("20-08-27", "20-08-09", "200827", "Sun 8/9/2020", "8/9/2020 10:37", "5/6"),
    # Two times: a `+` that became a blank, or a zone that may be the time.
    *("2020-08-27T10:00:00 02:00", "2020-08-27 10:00  0200", "2020-08-27T10 02:00"),
    *("2020-08-27+02:00", "2020-08-27-02:00", "20200827-0200", "2020-08-27 10h 02:00"),
    *("2020-08-27T10:00Z 02:00", "27 Aug 2020 10:00 2:00", "2020-08-27 10 pm 11 pm"),
    *(
        "2020-08-27 1000 02:00",
        "2020-08-27T10:00-02:00 03:00",
        "2020-08-27 10:00/11:00",
    ),
    *(
        "2020-08-27 10:00/11:00",
        "2020-08-27 10.30",
        "2020-08-27x10:00",
        "\u0662020-08-27",
        "2020-08-27 \u0661:00",
    ),
]


@pytest.mark.parametrize("text", DAYS)
def test_a_day_is_read(text):
    assert DbbaseDateField().run_validation(text) == date(2020, 8, 27)
    midnight = datetime(2020, 8, 27, tzinfo=UTC)
    assert DbbaseDateTimeField().run_validation(text) == midnight


@pytest.mark.parametrize(
    "text",
    [
        "2020-08-27 10:37:47",
        "2020-08-27T10:37:47Z",
        "2020-08-27T12:37:47+02:00",
        "20200827T103747",
        "Aug 27, 2020 10:37:47 AM",
        "Thu, 27 Aug 2020 10:37:47 GMT",
        "Thu, 27 Aug 2020 08:37:47 -0200",
        "27.8.2020 12:37:47 +02:00",
        "27 August 2020 10h37m47s UTC",
    ],
)
def test_a_moment_is_read_as_utc(text):
    moment = datetime(2020, 8, 27, 10, 37, 47, tzinfo=UTC)

    assert DbbaseDateTimeField().run_validation(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        *("2020-08-09", "20200809", "2020/08/09", "2020.8.9", "2020 8 9"),
        *("2020-W32-7", "9 Aug 20", "10:37 2020-08-09", "9 Aug 2020 10 am"),
        *("202008091037", "Sunday, 9 August 2020"),
    ],
)
def test_of_a_day_that_could_be_the_month_the_year_or_the_name_decides(text):
    assert DbbaseDateField().run_validation(text) == date(2020, 8, 9)


@pytest.mark.difference(
    "Books, orders, jobs, invoices, the command",
    old="Guesses dates in any form, and fills in parts of today's date",
    new="Returns 400 unless the text is a complete date that means one day; time "
    "zones are `Z`, `UTC`, `GMT`, or an offset",
    why="A guess may be wrong",
)
@pytest.mark.parametrize("field", [DbbaseDateField, DbbaseDateTimeField])
@pytest.mark.parametrize("text", NOT_DAYS, ids=repr)
def test_what_may_mean_another_moment_is_refused(field, text):
    with pytest.raises(ValidationError) as refusal:
        field().run_validation(text)
    [message] = refusal.value.detail
    assert message.startswith("Date error: ")


@pytest.mark.parametrize("text", ["0001-01-01T00:00+12:00", "9999-12-31T23:59-12:00"])
def test_a_moment_beyond_the_calendar_is_refused(text):
    with pytest.raises(ValidationError):
        DbbaseDateTimeField().run_validation(text)


PARTS = [
    *("10", "2020", "08", "Aug", "mon", "T", "Z", "+02:00", "-99:99", "+9999", "EST"),
    *("UTC", "am", "pm", ":", "/", "-", ".", ",", "1e5", "nan", "inf", "h", "0"),
    *("9" * 12, "10:37", "10.5", "of", "(x)", "\x00", "²", "'", "5m", "24:00", "W35"),
]


@given(st.lists(st.sampled_from(PARTS), max_size=7), st.sampled_from(["", " "]))
def test_any_text_is_read_or_refused(parts, gap):
    for field in (DbbaseDateField(), DbbaseDateTimeField()):
        try:
            field.run_validation(gap.join(parts))
        except ValidationError as refusal:
            assert refusal.detail  # noqa: PT017
