"""Evidence comes from addresses that anybody can write."""

from hypothesis import given
from hypothesis import strategies as st

from convertos.attribution import CHANNELS, SourceRules, classify
from convertos.attribution.channel import METHODS
from convertos.attribution.stated import LONGEST_CAMPAIGN, LONGEST_NAME
from convertos.records import CLICK_ID_PARAMETERS, UTM_PARAMETERS, Evidence

RULES = SourceRules(own_domains=["shop.example", "καφές.gr"])

anything = st.text(max_size=80)
nasty = st.sampled_from([
    "\ud800", "%", "%%", "%zz", "%ED%A0%80", "{{", "}}", "{" * 3000, "%25" * 4000, "a" * 10_000,
    "www.", ".", "..", "https://", "https://%00.example", "https://[::1", "https://a..b/", "//@@/",
    "xn--", "https://xn--/", "https://xn--a-ecp.ru", "\u202egoogle", "gοοgle.com", "İ" * 400, "-",
    "a." * 5000, "https://" + "a." * 5000, "android-app://", "ios-app://x", "https://ß.de",
    "<script>alert(1)</script>",
])  # fmt: skip
value = anything | nasty
address = value | st.builds("https://{}/{}".format, value, value)
evidence = st.builds(
    Evidence,
    utm=st.dictionaries(st.sampled_from(UTM_PARAMETERS), value),
    origin=st.dictionaries(st.sampled_from(("source", "medium", "campaign", "type")), value),
    click_ids=st.dictionaries(st.sampled_from(sorted(CLICK_ID_PARAMETERS)) | value, value),
    referrer=st.none() | address,
    landing_page=st.none() | address,
)


@given(evidence)
def test_every_arrival_gets_an_answer(recorded: Evidence) -> None:
    """Whatever a visitor's address holds, the visit is counted, in bounds that the tables can keep."""
    touch = classify(recorded, RULES)
    assert touch.channel in CHANNELS
    assert touch.method in METHODS
    assert 1 <= len(touch.source) <= max(LONGEST_NAME, 253)
    assert 1 <= len(touch.medium) <= LONGEST_NAME
    assert len(touch.campaign) <= LONGEST_CAMPAIGN
    assert (touch.source + touch.medium + touch.campaign).isprintable()
    assert touch.source == touch.source.lower()


@given(evidence)
def test_same_facts_same_answer(recorded: Evidence) -> None:
    """Recomputing never drifts, and rules made anew say the same."""
    anew = SourceRules(own_domains=["shop.example", "καφές.gr"])
    assert classify(recorded, RULES) == classify(recorded, anew)


def test_long_values_are_cut() -> None:
    """Ten kilobytes in a parameter do not reach the tables."""
    long = "a" * 10_000
    touch = classify(Evidence(utm={"source": long, "medium": long, "campaign": long}), RULES)
    assert (len(touch.source), len(touch.medium), len(touch.campaign)) == (100, 100, 255)


def test_a_lookalike_is_not_the_real_one() -> None:
    """Greek letters that look like Latin ones do not make a search engine."""
    assert classify(Evidence(referrer="https://www.gοοgle.com/"), RULES).channel == "Referral"
