package state

// Topic holds the state of all shards: what was last published, and the checkpoints.
func Topic(prefix string) string { return prefix + "-meta.state" }

// SweepsTopic holds each collection's newest status.
func SweepsTopic(prefix string) string { return prefix + "-meta.sweeps" }

// LooksTopic holds when the collections of each account were read last, where their statuses were not written again.
func LooksTopic(prefix string) string { return prefix + looksTopic }

const looksTopic = "-meta.looks"

// StatusTopic holds each change of a collection's status.
func StatusTopic(prefix string) string { return prefix + "-meta.status" }

// RequestsTopic holds what operators ask for.
func RequestsTopic(prefix string) string { return prefix + "-meta.requests" }

// SchemaChangesTopic holds the fields that DigitalOcean's document doesn't have.
func SchemaChangesTopic(prefix string) string { return prefix + "-meta.schema-changes" }

// SchemasTopic holds the format that a prefix is written in, unless that is plain JSON, and its schemas.
func SchemasTopic(prefix string) string { return prefix + "-meta.schemas" }
