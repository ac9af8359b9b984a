"""Where a touch came from: ranks of evidence, origins, click ids, referrers."""

import pytest

from convertos.attribution import DIRECT, ClientSource, SourceRules, classify
from convertos.attribution.source_tables import Category
from convertos.records import Evidence, Source

SHIPPED = SourceRules()


def brief(touch: Source) -> tuple[str, str, str, str]:
    return touch.source, touch.medium, touch.channel, touch.method


def referred(address: str, rules: SourceRules = SHIPPED) -> tuple[str, str, str, str]:
    return brief(classify(Evidence(referrer=address), rules))


def tagged(rules: SourceRules = SHIPPED, **utm: str) -> Source:
    return classify(Evidence(utm=utm), rules)


class TestRanks:
    EVERYTHING = Evidence(
        utm={"source": "newsletter", "medium": "email"},
        origin={"source": "bing", "medium": "organic", "type": "organic"},
        click_ids={"gclid": "abc"},
        referrer="https://www.reddit.com/r/coffee",
    )

    def test_the_strongest_evidence_decides(self) -> None:
        """A tagged link counts as what its maker said, whatever else came along."""
        without_utm = Evidence(
            origin=self.EVERYTHING.origin,
            click_ids=self.EVERYTHING.click_ids,
            referrer=self.EVERYTHING.referrer,
        )
        without_origin = Evidence(click_ids=self.EVERYTHING.click_ids, referrer=self.EVERYTHING.referrer)
        only_referrer = Evidence(referrer=self.EVERYTHING.referrer)
        found = [
            brief(classify(evidence, SHIPPED))
            for evidence in (self.EVERYTHING, without_utm, without_origin, only_referrer, Evidence())
        ]
        assert found == [
            ("newsletter", "email", "Email", "utm"),
            ("bing", "organic", "Organic Search", "origin"),
            ("google", "cpc", "Paid Search", "click_id"),
            ("reddit", "referral", "Organic Social", "referrer"),
            ("(direct)", "(none)", "Direct", "direct"),
        ]

    def test_no_evidence_is_direct(self) -> None:
        """A typed address is Direct, and says that nothing was known."""
        assert classify(Evidence(landing_page="https://shop.example/"), SHIPPED) == DIRECT


class TestUtm:
    @pytest.mark.parametrize(
        "stated",
        [
            "fb", "FB", "facebook", "Facebook", "facebook.com", "www.facebook.com", "l.facebook.com",
            "m.facebook.com", "lm.facebook.com", "https://www.facebook.com/page", "Facebook Ads",
            "facebook_ads", "facebook-ads", "FacebookAds", "fb_ads", "facebook%20ads", "facebook%2520ads",
            "  facebook ", '"facebook"', "FB%2Dads",
        ],
    )  # fmt: skip
    def test_spellings_of_a_source_are_one(self, stated: str) -> None:
        """However a campaign spells Facebook, a report shows one Facebook."""
        assert tagged(source=stated, medium="paid_social").source == "facebook"

    def test_a_source_without_medium_is_judged_by_the_lists(self) -> None:
        """ChatGPT's own tag, which has no medium, is an AI assistant; an unknown one is not guessed."""
        assert brief(tagged(source="chatgpt.com")) == ("chatgpt", "(not set)", "AI Assistant", "utm")
        assert brief(tagged(source="springflyer")) == ("springflyer", "(not set)", "Unassigned", "utm")

    def test_a_missing_medium_is_told_by_a_paid_click_id_of_the_same_source(self) -> None:
        """utm_source=google with a Google Ads click id was paid for; TikTok's id says nothing of Google."""
        same = Evidence(utm={"source": "google"}, click_ids={"gclid": "x"})
        other = Evidence(utm={"source": "google"}, click_ids={"ttclid": "x"})
        assert brief(classify(same, SHIPPED)) == ("google", "cpc", "Paid Search", "utm")
        assert brief(classify(other, SHIPPED)) == ("google", "(not set)", "Organic Search", "utm")

    def test_a_stated_medium_beats_a_click_id(self) -> None:
        """What the link's maker said stands."""
        evidence = Evidence(utm={"source": "google", "medium": "email"}, click_ids={"gclid": "x"})
        assert classify(evidence, SHIPPED).medium == "email"

    def test_a_missing_source_is_told_by_weaker_evidence(self) -> None:
        """utm_medium=cpc on a click from Bing is Bing's paid click."""
        referred_by_bing = Evidence(utm={"medium": "cpc"}, referrer="https://www.bing.com/")
        alone = Evidence(utm={"medium": "cpc"})
        assert brief(classify(referred_by_bing, SHIPPED)) == ("bing", "cpc", "Paid Search", "utm")
        assert brief(classify(alone, SHIPPED)) == ("(not set)", "cpc", "Unassigned", "utm")

    def test_a_campaign_alone_names_no_source(self) -> None:
        """A campaign's name is kept, but where the click came from is told by other evidence or by none."""
        alone = classify(Evidence(utm={"campaign": "spring"}), SHIPPED)
        referred_by_x = classify(Evidence(utm={"campaign": "spring"}, referrer="https://t.co/a"), SHIPPED)
        assert brief(alone) == ("(not set)", "(not set)", "Unassigned", "utm")
        assert (alone.campaign, alone.rule) == ("spring", "campaign-only")
        assert brief(referred_by_x) == ("x", "referral", "Organic Social", "referrer")
        assert referred_by_x.campaign == "spring"

    def test_a_campaign_id_stands_in_for_its_name(self) -> None:
        """Where an advertising tool left the name unfilled the id still tells campaigns apart."""
        unfilled = tagged(source="fb", medium="cpc", campaign="{{campaign.name}}", id="120208")
        assert unfilled.campaign == "120208"

    @pytest.mark.parametrize(
        "stated",
        ["(none)", "(not set)", "(direct)", "direct", "null", "undefined", "", "  ", "{{site_source_name}}",
         "{network}", "__PLACEMENT__", "%%list%%", "*|CAMPAIGN|*", "%7B%7Bad.name%7D%7D", "{{cut.of"],
    )  # fmt: skip
    def test_words_for_nothing_state_nothing(self, stated: str) -> None:
        """Unfilled placeholders never become a source in a report."""
        assert tagged(source=stated, medium=stated, campaign=stated) == DIRECT

    def test_a_campaign_keeps_its_case_and_loses_its_placeholders(self) -> None:
        """Campaigns read as people named them."""
        assert tagged(source="x", campaign="Spring%20Sale").campaign == "Spring Sale"
        assert tagged(source="x", campaign="Spring_{{adset.name}}").campaign == "Spring"
        assert tagged(source="x", campaign="-20% on all").campaign == "-20% on all"

    def test_google_plus_is_not_google(self) -> None:
        """A sign in a name is not taken for a space at its end."""
        assert tagged(source="google+").source == "google-plus"

    def test_meta_fills_its_own_short_names(self) -> None:
        """What {{site_source_name}} is filled with counts as the place that showed the advertisement."""
        places = [tagged(source=name, medium="cpc").source for name in ("fb", "ig", "msg", "an")]
        assert places == ["facebook", "instagram", "messenger", "audience-network"]

    def test_an_unlisted_host_is_its_registered_domain(self) -> None:
        """News from m. and www. of one partner are one source; unknown endings are left alone."""
        assert tagged(source="www.m.partner.co.uk").source == "partner.co.uk"
        assert tagged(source="v1.2beta").source == "v1.2beta"


class TestOrigin:
    @pytest.mark.parametrize(
        ("origin", "expected"),
        [
            ({"source": "facebook"}, ("facebook", "referral", "Organic Social", "origin")),
            ({"source": "google", "medium": "organic", "type": "organic"},
             ("google", "organic", "Organic Search", "origin")),
            ({"source": "l.instagram.com", "medium": "referral", "type": "referral"},
             ("instagram", "referral", "Organic Social", "origin")),
            ({"source": "chatgpt.com", "medium": "referral", "type": "referral"},
             ("chatgpt", "ai-assistant", "AI Assistant", "origin")),
            ({"source": "search.brave.com", "medium": "referral", "type": "referral"},
             ("brave", "organic", "Organic Search", "origin")),
            ({"source": "mail.google.com", "medium": "referral", "type": "referral"},
             ("gmail", "email", "Email", "origin")),
            ({"source": "blog.partner.gr", "medium": "referral", "type": "referral"},
             ("partner.gr", "referral", "Referral", "origin")),
            ({"source": "smallengine", "medium": "organic", "type": "organic"},
             ("smallengine", "organic", "Organic Search", "origin")),
            ({"source": "somewhere"}, ("somewhere", "(not set)", "Unassigned", "origin")),
        ],
    )  # fmt: skip
    def test_what_a_shop_tells(self, origin: dict[str, str], expected: tuple[str, str, str, str]) -> None:
        """An order's origin as the shop recorded it gets its channel."""
        assert brief(classify(Evidence(origin=origin), SHIPPED)) == expected

    @pytest.mark.parametrize("kind", ["typein", "admin", "mobile_app", "Typein"])
    def test_orders_that_nobody_sent(self, kind: str) -> None:
        """Staff orders and typed addresses do not invent a source."""
        origin = {"source": "google", "medium": "organic", "type": kind}
        assert classify(Evidence(origin=origin), SHIPPED) == DIRECT

    @pytest.mark.parametrize("source", ["(direct)", "paypal.com", "PayPal", "checkout.stripe.com", "shop.gr"])
    def test_ways_to_pay_and_own_domains_are_no_origin(self, source: str) -> None:
        """Coming back from a payment page does not take the order from the campaign."""
        rules = SourceRules(own_domains=["shop.gr"])
        origin = {"source": source, "medium": "referral", "type": "referral"}
        assert classify(Evidence(origin=origin), rules) == DIRECT

    def test_an_ignored_origin_leaves_weaker_evidence(self) -> None:
        """A click id still counts where the shop knew only that the address was typed."""
        evidence = Evidence(origin={"type": "typein"}, click_ids={"msclkid": "x"})
        assert brief(classify(evidence, SHIPPED)) == ("bing", "cpc", "Paid Search", "click_id")

    def test_its_campaign_counts(self) -> None:
        """A campaign that came with the origin is shown."""
        origin = {"source": "facebook", "medium": "paid", "campaign": "retarget"}
        assert classify(Evidence(origin=origin), SHIPPED).campaign == "retarget"


class TestClickIds:
    @pytest.mark.parametrize(
        ("parameter", "source", "medium", "channel"),
        [
            ("gclid", "google", "cpc", "Paid Search"),
            ("gbraid", "google", "cpc", "Paid Search"),
            ("wbraid", "google", "cpc", "Paid Search"),
            ("gad_source", "google", "cpc", "Paid Search"),
            ("msclkid", "bing", "cpc", "Paid Search"),
            ("ttclid", "tiktok", "paid_social", "Paid Social"),
            ("twclid", "x", "paid_social", "Paid Social"),
            ("li_fat_id", "linkedin", "paid_social", "Paid Social"),
            ("ScCid", "snapchat", "paid_social", "Paid Social"),
            ("rdt_cid", "reddit", "paid_social", "Paid Social"),
            ("yclid", "yandex", "cpc", "Paid Search"),
            ("dclid", "doubleclick", "display", "Display"),
            ("irclickid", "impact", "affiliate", "Affiliates"),
            ("cjevent", "cj", "affiliate", "Affiliates"),
            ("awc", "awin", "affiliate", "Affiliates"),
            ("_kx", "klaviyo", "email", "Email"),
            ("mc_cid", "mailchimp", "email", "Email"),
            ("_hsmi", "hubspot", "email", "Email"),
            # These stand on unpaid links as well
            ("fbclid", "facebook", "referral", "Organic Social"),
            ("epik", "pinterest", "referral", "Organic Social"),
            ("srsltid", "google", "organic", "Organic Search"),
        ],
    )
    def test_what_each_proves(self, parameter: str, source: str, medium: str, channel: str) -> None:
        """An untagged click of an advertisement is found by its id; an unpaid one is not called paid."""
        found = classify(Evidence(click_ids={parameter: "Abc123"}), SHIPPED)
        assert brief(found) == (source, medium, channel, "click_id")

    def test_the_referrer_tells_which_app_of_a_company(self) -> None:
        """Meta sets fbclid on Instagram's links too."""
        evidence = Evidence(click_ids={"fbclid": "x"}, referrer="https://l.instagram.com/")
        assert brief(classify(evidence, SHIPPED)) == ("instagram", "referral", "Organic Social", "click_id")

    def test_a_foreign_referrer_does_not_change_the_click(self) -> None:
        """A click id of Facebook stays Facebook's, whoever the page was shown by."""
        evidence = Evidence(click_ids={"fbclid": "x"}, referrer="https://news.example/")
        assert classify(evidence, SHIPPED).source == "facebook"

    def test_of_several_the_one_that_proves_most(self) -> None:
        """A Google Ads click whose link was once shared on Facebook is a Google Ads click."""
        evidence = Evidence(click_ids={"fbclid": "old", "gclid": "new"})
        assert classify(evidence, SHIPPED).source == "google"

    @pytest.mark.parametrize("value", ["", " ", "{gclid}"])
    def test_an_empty_one_proves_nothing(self, value: str) -> None:
        """An unfilled click id is no click."""
        assert classify(Evidence(click_ids={"gclid": value}), SHIPPED) == DIRECT

    def test_an_unknown_one_proves_nothing(self) -> None:
        """A parameter that no list knows is not guessed at."""
        assert classify(Evidence(click_ids={"foo_id": "1"}), SHIPPED) == DIRECT


class TestReferrers:
    @pytest.mark.parametrize(
        ("address", "source", "medium", "channel"),
        [
            ("https://www.google.com/", "google", "organic", "Organic Search"),
            ("https://www.google.de/search?q=x", "google", "organic", "Organic Search"),
            ("https://www.google.com.au/", "google", "organic", "Organic Search"),
            ("https://www.google.co.uk/", "google", "organic", "Organic Search"),
            ("http://google.gr", "google", "organic", "Organic Search"),
            ("android-app://com.google.android.googlequicksearchbox/https/www.google.com",
             "google", "organic", "Organic Search"),
            ("https://cn.bing.com/search", "bing", "organic", "Organic Search"),
            ("https://de.search.yahoo.com/", "yahoo", "organic", "Organic Search"),
            ("https://search.yahoo.co.jp/", "yahoo", "organic", "Organic Search"),
            ("https://duckduckgo.com/", "duckduckgo", "organic", "Organic Search"),
            ("https://www.ecosia.org/", "ecosia", "organic", "Organic Search"),
            ("https://yandex.ru/clck/jsredir", "yandex", "organic", "Organic Search"),
            ("https://m.search.naver.com/", "naver", "organic", "Organic Search"),
            ("https://search.brave.com/", "brave", "organic", "Organic Search"),
            ("https://L.Facebook.com:443/l.php?u=x", "facebook", "referral", "Organic Social"),
            ("https://out.reddit.com/t3_x", "reddit", "referral", "Organic Social"),
            ("https://t.co/abc", "x", "referral", "Organic Social"),
            ("https://l.threads.com/", "threads", "referral", "Organic Social"),
            ("https://web.whatsapp.com/", "whatsapp", "referral", "Organic Social"),
            ("android-app://com.linkedin.android/", "linkedin", "referral", "Organic Social"),
            ("https://www.pinterest.co.uk/pin/1", "pinterest", "referral", "Organic Social"),
            ("https://blog.naver.com/x", "naver-blog", "referral", "Organic Social"),
            ("https://m.youtube.com/watch?v=1", "youtube", "referral", "Organic Video"),
            ("https://www.skroutz.gr/", "skroutz", "referral", "Organic Shopping"),
            ("https://www.amazon.co.uk/dp/1", "amazon", "referral", "Organic Shopping"),
            ("https://mail.google.com/mail/u/0", "gmail", "email", "Email"),
            ("https://outlook.live.com/", "outlook", "email", "Email"),
            ("https://mail.yahoo.com/", "yahoo-mail", "email", "Email"),
            ("https://chatgpt.com/", "chatgpt", "ai-assistant", "AI Assistant"),
            ("https://www.perplexity.ai/search", "perplexity", "ai-assistant", "AI Assistant"),
            ("https://gemini.google.com/app", "gemini", "ai-assistant", "AI Assistant"),
            ("https://copilot.microsoft.com/", "copilot", "ai-assistant", "AI Assistant"),
            ("https://claude.ai/chat/1", "claude", "ai-assistant", "AI Assistant"),
            ("https://chat.deepseek.com/", "deepseek", "ai-assistant", "AI Assistant"),
            ("https://grok.com/", "grok", "ai-assistant", "AI Assistant"),
            ("https://chat.mistral.ai/", "mistral", "ai-assistant", "AI Assistant"),
            ("https://www.meta.ai/", "meta-ai", "ai-assistant", "AI Assistant"),
            ("https://www.awin1.com/cread.php", "awin", "referral", "Affiliates"),
            ("https://news.partner.co.uk/a?b#c", "partner.co.uk", "referral", "Referral"),
            ("https://alice.github.io/", "alice.github.io", "referral", "Referral"),
            ("https://someone.blogspot.com/", "someone.blogspot.com", "referral", "Referral"),
            ("android-app://com.example.app/", "com.example.app", "referral", "Referral"),
            ("http://user:secret@partner.gr/", "partner.gr", "referral", "Referral"),
            ("https://καφές.gr/", "xn--ixah0a8as.gr", "referral", "Referral"),
            # Not every host of a search company is its search engine
            ("https://drive.google.com/x", "drive.google.com", "referral", "Referral"),
            ("https://en.wikipedia.org/wiki/Coffee", "wikipedia", "referral", "Referral"),
        ],
    )  # fmt: skip
    def test_known_and_other_sites(self, address: str, source: str, medium: str, channel: str) -> None:
        """An untagged visit is told by the site that it came from."""
        assert referred(address) == (source, medium, channel, "referrer")

    @pytest.mark.parametrize(
        "address",
        [
            "https://www.paypal.com/checkoutnow?token=x", "https://checkout.stripe.com/c/pay/x",
            "https://pay.klarna.com/", "https://www.mollie.com/checkout", "https://checkoutshopper-live.adyen.com/",
            "https://portal.afterpay.com/", "https://www.vivapayments.com/web/checkout",
            "https://secure.worldpay.com/", "https://shop.app/pay", "https://vpos.eurocommerce.gr/vpos/",
            "https://centinelapi.cardinalcommerce.com/V2", "https://acs.somebank.example/3ds",
            "https://3ds2.bank.co.uk/", "https://www.securesuite.co.uk/", "https://accounts.google.com/signin",
            "https://pay.amazon.com/", "https://id.vk.com/",
        ],
    )  # fmt: skip
    def test_the_way_to_pay_is_no_source(self, address: str) -> None:
        """Coming back from a payment page, a card check or a sign-in is no new touch."""
        assert classify(Evidence(referrer=address), SHIPPED) == DIRECT

    def test_a_learned_society_is_no_card_check(self) -> None:
        """`acs` is a card check only left of the registered domain."""
        assert referred("https://pubs.acs.org/doi")[0] == "acs.org"

    @pytest.mark.parametrize(
        "address",
        ["about:blank", "javascript:alert(1)", "file:///home/x", "chrome-extension://abcdef/", "https://",
         "https:///path", "not an address", "https://exa mple.com", "https://..", "//", "https://[::1]/"],
    )  # fmt: skip
    def test_what_is_no_site_is_no_source(self, address: str) -> None:
        """Garbage in the referrer is Direct, never an error."""
        assert classify(Evidence(referrer=address), SHIPPED) == DIRECT


class TestOwnDomains:
    @pytest.mark.parametrize(
        ("own", "address"),
        [
            ("shop.example", "https://shop.example/cart"),
            ("https://www.shop.example/", "https://m.shop.example/"),
            ("shop.brand.co.uk", "https://www.brand.co.uk/"),
            ("127.0.0.1:8090", "http://127.0.0.1:8090/checkout"),
            ("καφές.gr", "https://xn--ixah0a8as.gr/"),
            ("brand.myshopify.com", "https://brand.myshopify.com/"),
            ("brand.etsy.com", "https://brand.etsy.com/listing"),
        ],
    )
    def test_own_pages_are_no_source(self, own: str, address: str) -> None:
        """A visitor who walks around in the client's own sites is not referred by them."""
        assert classify(Evidence(referrer=address), SourceRules(own_domains=[own])) == DIRECT

    @pytest.mark.parametrize(
        ("own", "address", "source"),
        [
            ("brand.myshopify.com", "https://other.myshopify.com/", "other.myshopify.com"),
            ("brand.etsy.com", "https://www.etsy.com/", "etsy"),
            ("shop.example", "https://myshop.example/", "myshop.example"),
            ("127.0.0.1", "http://10.0.0.1/", "10.0.0.1"),
        ],
    )
    def test_neighbours_on_a_platform_are_sources(self, own: str, address: str, source: str) -> None:
        """Sharing a platform's domain does not make another shop the client's own."""
        assert referred(address, SourceRules(own_domains=[own]))[0] == source

    def test_an_unreadable_own_domain_is_left_out(self) -> None:
        """A slip in a setting does not stop attribution."""
        rules = SourceRules(own_domains=["", "not a domain", "https://"])
        assert referred("https://t.co/", rules)[0] == "x"

    def test_a_tagged_link_of_the_own_site_stands(self) -> None:
        """A newsletter tagged with the shop's own name keeps its credit."""
        rules = SourceRules(own_domains=["shop.example"])
        assert brief(tagged(rules, source="shop.example", medium="email"))[2:] == ("Email", "utm")


class TestClientSources:
    RULES = SourceRules(
        sources=[
            ClientSource("Coffee Weekly", "coffee-weekly", Category.MAIL),
            ClientSource("cw", "coffee-weekly", Category.MAIL),
            ClientSource("partner.gr", "our-partner", Category.AFFILIATE),
            ClientSource("insta_team", "ig"),
            ClientSource("google", "google-brand-team", Category.DISPLAY),
            ClientSource("", "nothing"),
        ]
    )

    def test_a_name_is_no_part_of_a_host(self) -> None:
        """A newsletter called `nl` does not earn what comes from every site in the Netherlands."""
        rules = SourceRules(sources=[ClientSource("nl", "our-newsletter", Category.MAIL)])
        assert brief(tagged(rules, source="NL"))[0] == "our-newsletter"
        assert referred("https://webshop.nl/", rules) == ("webshop.nl", "referral", "Referral", "referrer")
        assert brief(tagged(rules, source="webshop.nl", medium="referral"))[0] == "webshop.nl"

    @pytest.mark.parametrize(
        ("stated", "source", "channel"),
        [
            ("coffee_weekly", "coffee-weekly", "Email"),
            ("CW", "coffee-weekly", "Email"),
            ("insta team", "instagram", "Organic Social"),
            ("news.partner.gr", "our-partner", "Affiliates"),
            ("bing", "bing", "Organic Search"),
        ],
    )
    def test_a_client_extends_the_table(self, stated: str, source: str, channel: str) -> None:
        """Names that only this client uses become its sources; the shipped ones stay."""
        found = tagged(self.RULES, source=stated)
        assert (found.source, found.channel) == (source, channel)

    def test_a_client_entry_wins(self) -> None:
        """Where the client and the shipped table differ the client is right."""
        assert tagged(self.RULES, source="google", medium="cpc").channel == "Display"

    def test_hosts_count_for_referrers(self) -> None:
        """A host that the client named is found in referrers, with its sub-domains."""
        assert referred("https://blog.partner.gr/x", self.RULES)[0] == "our-partner"

    def test_other_clients_do_not_see_it(self) -> None:
        """One client's table changes nothing for another."""
        assert tagged(source="cw").source == "cw"
