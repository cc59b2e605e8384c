-- Made when the topics are read to their end: sorting once is cheaper than keeping order all the way.
CREATE INDEX IF NOT EXISTS events_of_record ON events (record, at);
CREATE INDEX IF NOT EXISTS events_made ON events (made);
CREATE INDEX IF NOT EXISTS changes_made ON events (made) WHERE op <> 'r';
CREATE INDEX IF NOT EXISTS events_of_resource ON events (resource, made);
CREATE INDEX IF NOT EXISTS events_of_op ON events (op, made);
CREATE INDEX IF NOT EXISTS events_of_lsn ON events (account, lsn);
CREATE INDEX IF NOT EXISTS records_of_parent ON records (account, parent);
CREATE INDEX IF NOT EXISTS records_of_id ON records (account, id);
CREATE INDEX IF NOT EXISTS records_of_urn ON records (urn) WHERE urn IS NOT NULL;
