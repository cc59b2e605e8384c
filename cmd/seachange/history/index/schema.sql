-- The index's tables. Another layout is another version (index.go), and the index is made anew.
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- How far each partition is taken in, in the same transaction as what was taken.
CREATE TABLE positions (
  topic TEXT, partition INTEGER, id BLOB NOT NULL, next INTEGER NOT NULL, start INTEGER NOT NULL,
  PRIMARY KEY (topic, partition)
) WITHOUT ROWID;

CREATE TABLE accounts (id TEXT PRIMARY KEY, name TEXT NOT NULL, lsn INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE records (
  n INTEGER PRIMARY KEY, account TEXT NOT NULL, resource TEXT NOT NULL, id TEXT NOT NULL, parent TEXT NOT NULL,
  urn TEXT, name TEXT NOT NULL, newest INTEGER NOT NULL, gone INTEGER NOT NULL,
  UNIQUE (account, resource, id)
);

-- Accounts and resources have numbers in events, which are shorter.
CREATE TABLE names (n INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);

CREATE TABLE events (
  n INTEGER PRIMARY KEY, record INTEGER NOT NULL, account INTEGER NOT NULL, resource INTEGER NOT NULL,
  at INTEGER NOT NULL, after INTEGER, made INTEGER NOT NULL, lsn INTEGER NOT NULL, op TEXT NOT NULL, rollout INTEGER NOT NULL,
  partition INTEGER NOT NULL, position INTEGER NOT NULL
);

-- Events in plain JSON, compressed. They stand apart: whoever looks through the table of events need not read them.
CREATE TABLE contents (n INTEGER PRIMARY KEY, value BLOB NOT NULL);

-- What can be searched: all that a record's first event says, and what the others add or take away.
CREATE VIRTUAL TABLE texts USING fts5(text, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2');
INSERT INTO texts (texts, rank) VALUES ('hashsize', 16777216); -- 16 times as much at once leaves fewer segments

CREATE TABLE hours (
  hour INTEGER, account TEXT, resource TEXT, op TEXT, rollout INTEGER, events INTEGER NOT NULL,
  PRIMARY KEY (hour, account, resource, op, rollout)
) WITHOUT ROWID;

-- What run last said of each collection; gone collections stay, as far as they were known.
CREATE TABLE statuses (
  account TEXT, resource TEXT, parent TEXT, whole INTEGER NOT NULL, lsn INTEGER NOT NULL, value BLOB,
  PRIMARY KEY (account, resource, parent)
) WITHOUT ROWID;

-- When the collections of an account were read last, where their statuses don't tell it.
CREATE TABLE looks (account TEXT, slot INTEGER, value BLOB NOT NULL, PRIMARY KEY (account, slot)) WITHOUT ROWID;
