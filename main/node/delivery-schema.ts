// The steps of the schema that concern stored notifications and the names they use.

/** The first step of the schema for stored notifications. */
export const DELIVERIES_MIGRATION = `
   CREATE TABLE deliveries (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     received_at TEXT NOT NULL,
     kind TEXT NOT NULL,
     subscription_key TEXT,
     subscription_id TEXT NOT NULL,
     tenant_id TEXT NOT NULL,
     change_type TEXT NOT NULL,
     resource TEXT NOT NULL,
     resource_id TEXT,
     rich INTEGER NOT NULL,
     item_json TEXT NOT NULL
   ) STRICT;
   CREATE INDEX deliveries_by_time ON deliveries (received_at);
   CREATE INDEX deliveries_by_kind ON deliveries (kind, received_at);
   CREATE INDEX deliveries_by_subscription ON deliveries (subscription_id, received_at);`

/** The step that came with encrypted content. */
export const CONTENT_MIGRATION = `
   ALTER TABLE deliveries ADD COLUMN certificate_id TEXT;
   ALTER TABLE deliveries ADD COLUMN sealed_tokens TEXT;
   ALTER TABLE deliveries ADD COLUMN verdict TEXT;
   ALTER TABLE deliveries ADD COLUMN verdict_reason TEXT;
   CREATE INDEX deliveries_unjudged ON deliveries (id) WHERE verdict = 'waiting';
   CREATE INDEX deliveries_by_certificate ON deliveries (certificate_id)
     WHERE certificate_id IS NOT NULL;`

/** A repeated item is found by its key among all that are kept. */
export const KEY_MIGRATION = `
   ALTER TABLE deliveries ADD COLUMN item_key BLOB;
   CREATE UNIQUE INDEX deliveries_by_key ON deliveries (item_key) WHERE item_key IS NOT NULL;`

/**
 * What can be searched for. Ids follow time, so that every index is in the order of the inbox by itself, and a time
 * is found by halving: no index holds times. What hardly any row has is indexed for those rows only, so that the
 * others cost nothing. Rows of before have no place; they are gone after the days that notifications are kept.
 */
export const SEARCH_MIGRATION = `
   ALTER TABLE deliveries ADD COLUMN origin TEXT NOT NULL DEFAULT 'graph';
   ALTER TABLE deliveries ADD COLUMN place TEXT;
   ALTER TABLE deliveries ADD COLUMN sender_id TEXT;
   ALTER TABLE deliveries ADD COLUMN headers_json TEXT;
   DROP INDEX deliveries_by_time;
   DROP INDEX deliveries_by_kind;
   DROP INDEX deliveries_by_subscription;
   CREATE INDEX deliveries_by_subscription ON deliveries (subscription_id);
   CREATE INDEX deliveries_by_resource_id ON deliveries (resource_id)
     WHERE resource_id IS NOT NULL;
   CREATE INDEX deliveries_by_place ON deliveries (place) WHERE place IS NOT NULL;
   CREATE INDEX deliveries_by_sender ON deliveries (sender_id) WHERE sender_id IS NOT NULL;
   CREATE INDEX deliveries_lifecycle ON deliveries (id) WHERE kind = 'lifecycleNotification';
   CREATE INDEX deliveries_catch_up ON deliveries (id) WHERE origin = 'catch-up';
   CREATE INDEX deliveries_test ON deliveries (id) WHERE origin = 'test';
   CREATE INDEX deliveries_refused ON deliveries (id) WHERE verdict = 'refused';`

/**
 * One index for both: what is known of a resource, and whether a change of it is stored already. Ids of messages are
 * times, so that new rows stand beside each other in it. A few changes name no resource by an id. Rows of before keep
 * their longer keys: what Graph repeats of them, for four hours at most, counts as new.
 */
export const RESOURCE_KEY_MIGRATION = `
   DROP INDEX deliveries_by_key;
   DROP INDEX deliveries_by_resource_id;
   CREATE UNIQUE INDEX deliveries_by_resource ON deliveries (resource_id, item_key)
     WHERE resource_id IS NOT NULL;
   CREATE UNIQUE INDEX deliveries_by_key ON deliveries (item_key)
     WHERE item_key IS NOT NULL AND resource_id IS NULL;`

/** Names of people and places. */
export const NAMES_MIGRATION = `
   CREATE TABLE names (
     key TEXT PRIMARY KEY,
     name TEXT NOT NULL,
     at TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;`
