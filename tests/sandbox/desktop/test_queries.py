"""Queries of lists: branches, filters, counts, iterators."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from project.sandbox.chance import Chance
from project.sandbox.clock import Clock
from project.sandbox.desktop import CompanyFile, Quirks, Settings

from .support import NOTHING, ask, company, named, names, one, query, rets, status


def small_company(**options):
    file = company(**options)
    for name in ("beta", "Alpha", "Gamma"):
        file.add_customer(Name=name)
        file.clock.advance(60)
    file.add_customer(Name="Zed", ParentRef="Alpha")
    file.add_customer(Name="Alpha Two")
    return file


def test_the_order_is_by_full_name_with_children_after_their_parent():
    assert names(one(small_company(), query())) == ["Alpha", "Alpha:Zed", "Alpha Two", "beta", "Gamma"]


def test_nothing_found_is_status_1_and_no_error():
    rs = one(company(), query())
    assert (status(rs), rs.get("statusSeverity"), rs.get("statusMessage")) == (1, "Info", NOTHING)
    assert len(rs) == 0


def test_missing_ids_and_names_warn_and_the_others_are_returned():
    file = small_company()
    alpha = file.find("Alpha")["ListID"]
    rs = one(file, query(f"<ListID>80000FFF-1770138927</ListID><ListID>{alpha}</ListID><ListID>80000FFE-1</ListID>"))
    assert (status(rs), rs.get("statusSeverity")) == (500, "Warn")
    assert rs.get("statusMessage") == (
        "The query request has not been fully completed. There was a required element "
        '("80000FFF-1770138927") that could not be found in QuickBooks.'
    )
    assert names(rs) == ["Alpha"]
    assert status(one(file, named("Nobody"))) == 500
    assert names(one(file, named("GAMMA", "alpha:zed"))) == ["Gamma", "Alpha:Zed"]


def test_inactive_records_vanish_unless_asked_for():
    file = small_company()
    file.make_inactive(file.find("beta")["ListID"])
    assert "beta" not in names(one(file, query()))
    assert "beta" in names(one(file, query("<ActiveStatus>All</ActiveStatus>")))
    assert names(one(file, query("<ActiveStatus>InactiveOnly</ActiveStatus>"))) == ["beta"]
    assert names(one(file, named("beta"))) == ["beta"]


def test_max_returned_cuts_without_a_word():
    rs = one(small_company(), query("<MaxReturned>2</MaxReturned>"))
    assert (status(rs), len(rs)) == (0, 2)


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        ("2026-02-03T09:01:00", "", ["Alpha", "Alpha:Zed", "Alpha Two", "Gamma"]),
        ("2026-02-03T09:01:01", "", ["Alpha:Zed", "Alpha Two", "Gamma"]),
        ("", "2026-02-03T09:01:00", ["Alpha", "beta"]),
        ("2026-02-03", "2026-02-03", ["Alpha", "Alpha:Zed", "Alpha Two", "beta", "Gamma"]),
        ("2026-02-04", "", []),
        ("", "2026-02-02", []),
        ("2026-02-03T12:02:00-05:00", "", ["Alpha:Zed", "Alpha Two", "Gamma"]),
        ("2026-2-3T9:2", "", ["Alpha:Zed", "Alpha Two", "Gamma"]),
    ],
)
def test_dates_are_inclusive_and_on_the_wall_clock_of_the_pc(since, until, found):
    low = f"<FromModifiedDate>{since}</FromModifiedDate>" if since else ""
    high = f"<ToModifiedDate>{until}</ToModifiedDate>" if until else ""
    assert names(one(small_company(), query(low + high))) == found


def test_a_change_moves_a_record_into_the_window_once():
    file = small_company()
    file.clock.advance(3600 * 5)
    alpha = file.find("Alpha")["ListID"]
    file.edit_customer(alpha, Phone="1")
    file.edit_customer(alpha, Phone="2")
    window = "<FromModifiedDate>2026-02-03T12:00:00</FromModifiedDate>"
    assert names(one(file, query(window))) == ["Alpha"]


@pytest.mark.parametrize(
    ("inner", "found"),
    [
        ("<MatchCriterion>StartsWith</MatchCriterion><Name>ALPHA</Name>", ["Alpha", "Alpha:Zed", "Alpha Two"]),
        ("<MatchCriterion>EndsWith</MatchCriterion><Name>ed</Name>", ["Alpha:Zed"]),
        ("<MatchCriterion>Contains</MatchCriterion><Name>a t</Name>", ["Alpha Two"]),
    ],
)
def test_name_filters_look_at_the_full_name(inner, found):
    assert names(one(small_company(), query(f"<NameFilter>{inner}</NameFilter>"))) == found


def test_name_ranges_include_both_ends_and_may_be_open():
    file = small_company()
    ranges = "<NameRangeFilter>{}</NameRangeFilter>"
    low, high = "<FromName>BETA</FromName>", "<ToName>beta</ToName>"
    assert names(one(file, query(ranges.format(low + high)))) == ["beta"]
    assert names(one(file, query(ranges.format(low)))) == ["beta", "Gamma"]
    assert names(one(file, query(ranges.format(high)))) == ["Alpha", "Alpha:Zed", "Alpha Two", "beta"]


def test_the_total_balance_can_be_asked_for():
    file = small_company()
    file.set_balance(file.find("Alpha:Zed")["ListID"], 7)
    body = "<TotalBalanceFilter><Operator>GreaterThanEqual</Operator><Amount>7.00</Amount></TotalBalanceFilter>"
    assert names(one(file, query(body))) == ["Alpha", "Alpha:Zed"]


def test_filters_of_what_is_switched_off_are_not_available():
    currency = query("<CurrencyFilter><FullName>Euro</FullName></CurrencyFilter>")
    classes = query("<ClassFilter><FullName>East</FullName></ClassFilter>")
    assert [status(each) for each in ask(company(), currency + classes)] == [3250, 3250]


def test_a_class_with_its_children_can_be_asked_for():
    file = company(settings=Settings(class_tracking=True))
    file.add("Class", Name="East")
    file.add("Class", Name="Coast", ParentRef="East")
    file.add_customer(Name="A", ClassRef="East")
    file.add_customer(Name="B", ClassRef="East:Coast")
    file.add_customer(Name="C")
    with_children = "<ClassFilter><FullNameWithChildren>East</FullNameWithChildren></ClassFilter>"
    alone = "<ClassFilter><FullName>East</FullName></ClassFilter>"
    assert names(one(file, query(with_children))) == ["A", "B"]
    assert names(one(file, query(alone))) == ["A"]


def test_counts_come_with_or_without_the_objects():
    file = small_company()
    only = one(file, query("", 'metaData="MetaDataOnly"'))
    assert (only.get("retCount"), len(only)) == ("5", 0)
    both = one(file, query("", 'metaData="MetaDataAndResponseData"'))
    assert (both.get("retCount"), len(both)) == ("5", 5)
    assert one(file, query("", 'metaData="NoMetaData"')).get("retCount") is None


def test_custom_fields_come_only_for_their_owner():
    file = small_company()
    file.define_custom_field("Route")
    beta = file.find("beta")["ListID"]
    mod = (
        "<DataExtModRq><DataExtMod><OwnerID>0</OwnerID><DataExtName>Route</DataExtName>"
        f"<ListDataExtType>Customer</ListDataExtType><ListObjRef><ListID>{beta}</ListID></ListObjRef>"
        "<DataExtValue>North</DataExtValue></DataExtMod></DataExtModRq>"
    )
    before = file.find("beta")["EditSequence"]
    assert status(one(file, mod)) == 0
    assert file.find("beta")["EditSequence"] != before
    assert "DataExtRet" not in rets(one(file, named("beta")))[0]
    shown = rets(one(file, named("beta").replace("</CustomerQueryRq>", "<OwnerID>0</OwnerID></CustomerQueryRq>")))[0]
    assert shown["DataExtRet"] == {
        "OwnerID": "0",
        "DataExtName": "Route",
        "DataExtType": "STR255TYPE",
        "DataExtValue": "North",
    }
    assert status(one(file, mod.replace("Route", "Colour"))) == 3140
    defined = rets(one(file, "<DataExtDefQueryRq><OwnerID>0</OwnerID></DataExtDefQueryRq>"))
    assert defined[0]["AssignToObject"] == "Customer"


# Iterators


def start(inner="<MaxReturned>2</MaxReturned>", attributes='iterator="Start"'):
    return query(inner, attributes)


def go_on(iterator_id, inner="<MaxReturned>2</MaxReturned>"):
    return query(inner, f'iterator="Continue" iteratorID="{iterator_id}"')


def test_an_iterator_hands_out_all_pages_and_closes_itself():
    file = small_company()
    rs = one(file, start())
    seen, remaining = names(rs), [rs.get("iteratorRemainingCount")]
    iterator_id = rs.get("iteratorID")
    while remaining[-1] != "0":
        rs = one(file, go_on(iterator_id))
        assert rs.get("iteratorID") == iterator_id
        seen += names(rs)
        remaining.append(rs.get("iteratorRemainingCount"))
    assert seen == ["Alpha", "Alpha:Zed", "Alpha Two", "beta", "Gamma"]
    assert remaining == ["3", "1", "0"]
    rs = one(file, go_on(iterator_id))
    assert (status(rs), rs.get("statusMessage")) == (3391, f'The iteratorID "{iterator_id}" is not valid.')


def test_the_attributes_come_in_the_order_of_real_answers():
    rs = one(small_company(), start(attributes='iterator="Start" metaData="MetaDataAndResponseData"'))
    assert list(rs.attrib) == [
        "requestID",
        "statusCode",
        "statusSeverity",
        "statusMessage",
        "retCount",
        "iteratorRemainingCount",
        "iteratorID",
    ]


def test_an_iterator_dies_with_its_session():
    file = small_company()
    session = file.begin_session("Sync")
    iterator_id = one(file, start(), app=session).get("iteratorID")
    session.end()
    assert status(one(file, go_on(iterator_id), app=file.begin_session("Sync"))) == 3391


def test_an_iterator_can_be_stopped_and_asks_for_the_same_filters():
    file = small_company()
    iterator_id = one(file, start()).get("iteratorID")
    assert status(one(file, go_on(iterator_id, "<MaxReturned>2</MaxReturned><ActiveStatus>All</ActiveStatus>"))) == 3391
    assert status(one(file, query("", f'iterator="Stop" iteratorID="{iterator_id}"'))) == 0
    assert status(one(file, go_on(iterator_id))) == 3391


def test_an_iterator_needs_max_returned():
    rs = one(small_company(), start(""))
    assert (status(rs), "MaxReturned" in rs.get("statusMessage")) == (3150, True)


def test_records_deleted_during_an_iteration_are_passed_over():
    file = small_company()
    iterator_id = one(file, start()).get("iteratorID")
    file.delete_customer(file.find("Alpha Two")["ListID"])
    assert names(one(file, go_on(iterator_id))) == ["beta"]


@pytest.mark.parametrize(("counts", "remaining"), [(False, None), (True, "0")])
def test_an_iterator_without_a_match(counts, remaining):
    rs = one(company(quirks=Quirks(empty_iterator_counts=counts)), start())
    assert (status(rs), rs.get("iteratorRemainingCount"), rs.get("iteratorID")) == (1, remaining, None)


# Times


def summer(mode):
    clock = Clock(datetime(2026, 7, 1, 12, 0, 0, tzinfo=UTC))
    return CompanyFile("Summer", clock=clock, chance=Chance(1), quirks=Quirks(offsets=mode))


@pytest.mark.parametrize(("mode", "offset"), [("correct", "-07:00"), ("fixed", "-08:00")])
def test_the_wall_time_is_right_whatever_the_offset_says(mode, offset):
    file = summer(mode)
    file.add_customer(Name="A")
    assert rets(one(file, query()))[0]["TimeModified"] == f"2026-07-01T05:00:00{offset}"


def test_the_doubled_hour_of_autumn_is_found_from_either_side():
    clock = Clock(datetime(2026, 11, 1, 8, 30, 0, tzinfo=UTC))  # 01:30 for the first time
    file = CompanyFile("Autumn", clock=clock, chance=Chance(1))
    file.add_customer(Name="First")
    clock.advance(3600)  # 01:30 for the second time
    file.add_customer(Name="Second")
    found = names(one(file, query("<FromModifiedDate>2026-11-01T01:30:00</FromModifiedDate>")))
    assert found == ["First", "Second"]


# Small lists


def test_terms_are_of_two_kinds_in_one_answer():
    file = company()
    terms = "<DateDrivenTermsAdd><Name>10th</Name><DayOfMonthDue>10</DayOfMonthDue></DateDrivenTermsAdd>"
    add = f"<DateDrivenTermsAddRq>{terms}</DateDrivenTermsAddRq>"
    assert status(one(file, add)) == 0
    assert {each.tag for each in one(file, "<TermsQueryRq/>")} == {"StandardTermsRet", "DateDrivenTermsRet"}
    assert {each.tag for each in one(file, "<StandardTermsQueryRq/>")} == {"StandardTermsRet"}
    again = "<StandardTermsAddRq><StandardTermsAdd><Name>10TH</Name></StandardTermsAdd></StandardTermsAddRq>"
    assert status(one(file, again)) == 3100


def test_every_list_can_be_queried():
    file = company(settings=Settings(multi_currency=True))
    for name in ("SalesTaxCode", "CustomerType", "PaymentMethod", "Currency", "StandardTerms"):
        assert status(one(file, f"<{name}QueryRq/>")) == 0
    for name in ("Vendor", "Employee", "OtherName", "SalesRep", "JobType", "Class"):
        assert status(one(file, f"<{name}QueryRq/>")) == 1


def test_ids_are_unique_only_within_their_list():
    file = company()
    customer = file.add_customer(Name="A")
    assert customer in {each["ListID"] for each in file.elements("CustomerType")}
