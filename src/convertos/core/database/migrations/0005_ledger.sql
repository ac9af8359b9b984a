-- What is true. The tables that every order writes to have no foreign keys among themselves: each client
-- has one writer at a time (an advisory lock), and checking them row by row cost a third of the throughput
-- (docs/decisions/set-based-writes.md); `convertos doctor` looks for orphans instead.
-- `version` is records.Version.encode(): the greatest statement of a field wins, in any order of arrival.

CREATE TABLE contacts (
    client_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    email text,
    phone text,
    first_name text,
    last_name text,
    -- Case-folded "first last", to search by.
    name_key text,
    email_version text NOT NULL DEFAULT '',
    phone_version text NOT NULL DEFAULT '',
    name_version text NOT NULL DEFAULT '',
    -- The contact that this person is with; NULL: is a contact.
    merged_into uuid,
    -- The person that this one turned out to be; what was known of it went over.
    same_as uuid,
    -- What is known of the contact itself, where other persons are with it and the columns tell of all.
    own jsonb,
    first_seen_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    -- Everything below is derived, never incremented.
    total_orders int NOT NULL DEFAULT 0,
    total_spent numeric NOT NULL DEFAULT 0 CHECK (total_spent <> 'NaN'),
    -- {"EUR": {"orders": 2, "spent": "20.00"}, ...}: every currency, the client's own too.
    spent jsonb NOT NULL DEFAULT '{}',
    lead_count int NOT NULL DEFAULT 0,
    first_order_id uuid,
    first_order_at timestamptz,
    last_order_at timestamptz,
    tags text[] NOT NULL DEFAULT '{}',
    subscription_status text NOT NULL DEFAULT 'unknown'
        CHECK (subscription_status IN ('unknown', 'pending', 'subscribed', 'unsubscribed')),
    custom_fields jsonb NOT NULL DEFAULT '{}',
    -- The version of the word that holds, for each tag list, status and field that a record noted.
    mark_versions jsonb NOT NULL DEFAULT '{}',
    -- Since when it is nobody any more: a figure among figures.
    erased_at timestamptz,
    PRIMARY KEY (client_id, contact_id)
) WITH (fillfactor = 85);
CREATE INDEX contacts_by_last_seen ON contacts (client_id, last_seen_at, contact_id) WHERE merged_into IS NULL;
CREATE INDEX contacts_by_spent ON contacts (client_id, total_spent, contact_id) WHERE merged_into IS NULL;
CREATE INDEX contacts_merged ON contacts (client_id, merged_into) WHERE merged_into IS NOT NULL;
CALL wall_client_table('contacts');

-- What tells one person from another (ledger/identity.py). `email` and `customer` (store id and the shop's
-- account number) join people into one; `phone` only finds somebody who gave nothing better.
CREATE TABLE contact_identifiers (
    client_id uuid NOT NULL,
    kind text NOT NULL,
    -- Compared by its bytes, so that a beginning is a range of the index.
    value text COLLATE "C" NOT NULL,
    -- The contact that is found by it.
    contact_id uuid NOT NULL,
    -- Whose it is; of a phone: who claims it.
    person_id uuid,
    -- Of a phone: who is known by it alone.
    caller_id uuid,
    -- Of a phone: the earliest time at which the claimant was seen with it, and what decides at equal times.
    claimed_at timestamptz,
    witness text,
    -- Of a phone: a hand put its caller together with others, which outweighs a claim.
    is_tied boolean NOT NULL,
    PRIMARY KEY (client_id, kind, value)
);
CREATE INDEX contact_identifiers_of_contact ON contact_identifiers (client_id, contact_id);
CALL wall_client_table('contact_identifiers');

-- Browsers are shared, so one visitor may belong to several people.
CREATE TABLE contact_visitors (
    client_id uuid NOT NULL,
    visitor_id text NOT NULL,
    person_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    PRIMARY KEY (client_id, visitor_id, person_id)
);
CREATE INDEX contact_visitors_of_contact ON contact_visitors (client_id, contact_id);
CALL wall_client_table('contact_visitors');

CREATE TABLE contact_merges (
    client_id uuid NOT NULL,
    merge_id uuid NOT NULL,
    winner_id uuid NOT NULL,
    loser_id uuid NOT NULL,
    reason text NOT NULL CHECK (reason IN ('evidence', 'hand')),
    merged_by uuid,
    merged_at timestamptz NOT NULL DEFAULT now(),
    undone_at timestamptz,
    PRIMARY KEY (client_id, merge_id)
);
CREATE INDEX contact_merges_of_winner ON contact_merges (client_id, winner_id);
CREATE INDEX contact_merges_of_loser ON contact_merges (client_id, loser_id);
CALL wall_client_table('contact_merges');

-- What erased people were known by, as keyed hashes, so that nothing brings them back
-- (ledger/suppression.py). A client has a key from its first erasure on.
CREATE TABLE suppression_keys (
    client_id uuid PRIMARY KEY,
    ciphertext bytea NOT NULL
);
CALL wall_client_table('suppression_keys');

CREATE TABLE suppressions (
    client_id uuid NOT NULL,
    digest bytea NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (client_id, digest)
);
CALL wall_client_table('suppressions');

-- Accounts that people have in a shop.
CREATE TABLE customers (
    client_id uuid NOT NULL,
    store_id uuid NOT NULL,
    external_id text NOT NULL,
    contact_id uuid,
    email text,
    first_name text,
    last_name text,
    role text,
    registered_at timestamptz,
    modified_at timestamptz,
    version text NOT NULL,
    is_deleted boolean NOT NULL DEFAULT false,
    PRIMARY KEY (client_id, store_id, external_id)
);
CREATE INDEX customers_of_contact ON customers (client_id, contact_id);
CALL wall_client_table('customers');

CREATE TABLE orders (
    client_id uuid NOT NULL,
    order_id uuid NOT NULL,
    store_id uuid NOT NULL,
    external_id text NOT NULL,
    number text,
    status text,
    standing text NOT NULL CHECK (standing IN ('draft', 'pending', 'paid', 'cancelled', 'failed', 'trashed')),
    fulfillment_status text,
    currency text NOT NULL,
    total numeric NOT NULL CHECK (total <> 'NaN'),
    subtotal numeric CHECK (subtotal <> 'NaN'),
    discount_total numeric CHECK (discount_total <> 'NaN'),
    shipping_total numeric CHECK (shipping_total <> 'NaN'),
    tax_total numeric CHECK (tax_total <> 'NaN'),
    refunded_total numeric NOT NULL DEFAULT 0 CHECK (refunded_total <> 'NaN'),
    payment_method text,
    contact_id uuid,
    customer_external_id text,
    customer_email text,
    customer_phone text,
    visitor_id text,
    checkout_token text,
    placed_at timestamptz NOT NULL,
    paid_at timestamptz,
    cancelled_at timestamptz,
    modified_at timestamptz NOT NULL,
    is_test boolean NOT NULL DEFAULT false,
    is_deleted boolean NOT NULL DEFAULT false,
    -- Derived: earns revenue, and at which instant (paid_at, else placed_at).
    is_counted boolean NOT NULL,
    counted_at timestamptz NOT NULL,
    -- Coupons, fees, taxes, shipping: records.OrderLines.
    lines jsonb,
    -- Tells whether the items of a newer statement have to be written.
    items_digest text,
    touch_ids uuid[],
    -- How it got here: 1 plugin, 2 webhook, 4 sync, 8 API.
    seen_via smallint NOT NULL,
    version text NOT NULL,
    -- Fields whose newest statement is older than `version`, or that nobody has stated yet.
    field_versions jsonb,
    -- The newest complete list of refunds; a refund last stated before it is no more.
    refunds_version text NOT NULL DEFAULT '',
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (client_id, order_id),
    UNIQUE (client_id, store_id, external_id)
) WITH (fillfactor = 90);
CREATE INDEX orders_of_contact ON orders (client_id, contact_id);
CREATE INDEX orders_by_placed_at ON orders (client_id, placed_at, order_id);
CREATE INDEX orders_counted ON orders (client_id, counted_at) WHERE is_counted;
CREATE INDEX orders_of_visitor ON orders (client_id, visitor_id) WHERE visitor_id IS NOT NULL;
-- Most shops number their orders by the id, which has an index.
CREATE INDEX orders_by_number ON orders (client_id, number) WHERE number <> external_id;
CALL wall_client_table('orders');

CREATE TABLE order_items (
    client_id uuid NOT NULL,
    order_id uuid NOT NULL,
    line smallint NOT NULL,
    external_id text,
    product_external_id text,
    variant_external_id text,
    sku text,
    name text NOT NULL,
    quantity numeric NOT NULL CHECK (quantity <> 'NaN'),
    price numeric CHECK (price <> 'NaN'),
    total numeric CHECK (total <> 'NaN'),
    PRIMARY KEY (client_id, order_id, line)
);
CALL wall_client_table('order_items');

CREATE TABLE refunds (
    client_id uuid NOT NULL,
    order_id uuid NOT NULL,
    external_id text NOT NULL,
    amount numeric NOT NULL CHECK (amount <> 'NaN'),
    reason text,
    refunded_at timestamptz NOT NULL,
    -- The newest statement that told the time; empty: it is the earliest change that shows the refund.
    time_version text NOT NULL,
    version text NOT NULL,
    is_withdrawn boolean NOT NULL DEFAULT false,
    PRIMARY KEY (client_id, order_id, external_id)
);
CREATE INDEX refunds_by_time ON refunds (client_id, refunded_at) WHERE NOT is_withdrawn;
CALL wall_client_table('refunds');

-- Every status an order is known to have had, but for the present one, which is on the order.
CREATE TABLE order_statuses (
    client_id uuid NOT NULL,
    order_id uuid NOT NULL,
    version text NOT NULL,
    status text NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (client_id, order_id, version)
);
CALL wall_client_table('order_statuses');

-- Distinct deletions and restorations; a thing is deleted while it has more of the former.
CREATE TABLE presence_changes (
    client_id uuid NOT NULL,
    store_id uuid NOT NULL,
    kind text NOT NULL,
    external_id text NOT NULL,
    change text NOT NULL CHECK (change IN ('deleted', 'restored')),
    evidence_id text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (client_id, store_id, kind, external_id, change, evidence_id)
);
CALL wall_client_table('presence_changes');

CREATE TABLE leads (
    client_id uuid NOT NULL,
    lead_id uuid NOT NULL,
    contact_id uuid,
    store_id uuid NOT NULL,
    form_plugin text,
    form_id text,
    form_name text,
    customer_external_id text,
    email text,
    name text,
    phone text,
    visitor_id text,
    fields jsonb NOT NULL DEFAULT '{}',
    page_url text,
    touch_ids uuid[],
    registered_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (client_id, lead_id)
);
CREATE INDEX leads_of_contact ON leads (client_id, contact_id);
CREATE INDEX leads_of_visitor ON leads (client_id, visitor_id) WHERE contact_id IS NULL AND visitor_id IS NOT NULL;
CREATE INDEX leads_by_time ON leads (client_id, registered_at, lead_id);
CALL wall_client_table('leads');

CREATE TABLE checkouts (
    client_id uuid NOT NULL,
    checkout_id uuid NOT NULL,
    store_id uuid NOT NULL,
    checkout_token text NOT NULL,
    contact_id uuid,
    funnel_id text,
    step_id text,
    customer_external_id text,
    email text,
    phone text,
    visitor_id text,
    total numeric CHECK (total <> 'NaN'),
    currency text,
    items jsonb,
    order_external_id text,
    started_at timestamptz,
    abandoned_at timestamptz,
    completed_at timestamptz,
    touch_ids uuid[],
    -- The latest of the three: to list by.
    occurred_at timestamptz NOT NULL,
    version text NOT NULL,
    field_versions jsonb,
    PRIMARY KEY (client_id, checkout_id),
    UNIQUE (client_id, store_id, checkout_token)
);
CREATE INDEX checkouts_of_contact ON checkouts (client_id, contact_id);
CREATE INDEX checkouts_by_time ON checkouts (client_id, occurred_at, checkout_id);
CALL wall_client_table('checkouts');

CREATE TABLE products (
    client_id uuid NOT NULL,
    product_id uuid NOT NULL,
    store_id uuid NOT NULL,
    external_id text NOT NULL,
    sku text,
    name text NOT NULL,
    status text NOT NULL,
    price numeric CHECK (price <> 'NaN'),
    currency text,
    categories text[] NOT NULL DEFAULT '{}',
    tags text[] NOT NULL DEFAULT '{}',
    metadata jsonb NOT NULL DEFAULT '{}',
    modified_at timestamptz NOT NULL,
    version text NOT NULL,
    is_deleted boolean NOT NULL DEFAULT false,
    PRIMARY KEY (client_id, product_id),
    UNIQUE (client_id, store_id, external_id)
);
CREATE INDEX products_by_name ON products (client_id, name, product_id);
CALL wall_client_table('products');

CREATE TABLE product_variants (
    client_id uuid NOT NULL,
    store_id uuid NOT NULL,
    product_external_id text NOT NULL,
    external_id text NOT NULL,
    sku text,
    name text,
    price numeric CHECK (price <> 'NaN'),
    version text NOT NULL,
    is_deleted boolean NOT NULL DEFAULT false,
    PRIMARY KEY (client_id, store_id, product_external_id, external_id)
);
CALL wall_client_table('product_variants');

CREATE TABLE touches (
    client_id uuid NOT NULL,
    touch_id uuid NOT NULL,
    -- Whose journey it is in, where no browser tells; and which person's, where no order, lead or checkout does.
    contact_id uuid,
    person_id uuid,
    visitor_id text,
    occurred_at timestamptz NOT NULL,
    -- Of several statements about one named arrival the greatest counts; empty for those without a name.
    version text NOT NULL DEFAULT '',
    landing_page text,
    -- records.Evidence, raw.
    evidence jsonb NOT NULL,
    -- records.Source, concluded from it.
    source text NOT NULL,
    medium text NOT NULL,
    campaign text NOT NULL,
    channel text NOT NULL,
    method text NOT NULL,
    rule text NOT NULL,
    PRIMARY KEY (client_id, touch_id)
);
CREATE INDEX touches_of_contact ON touches (client_id, contact_id, occurred_at) WHERE contact_id IS NOT NULL;
CREATE INDEX touches_of_visitor ON touches (client_id, visitor_id, occurred_at) WHERE visitor_id IS NOT NULL;
CALL wall_client_table('touches');
