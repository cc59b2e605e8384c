package main

import (
	"maps"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/seachange/seachange/cmd/seachange/config"
)

// explain gives kong the texts that tags refer to as help:"${name}". As variables of kong's, every text would be
// interpolated for every flag, which takes longer than the rest of a short command.
func explain(texts map[string]string) kong.Option {
	return kong.PostBuild(func(k *kong.Kong) error {
		return kong.Visit(k.Model.Node, func(visited kong.Visitable, next kong.Next) error {
			switch v := visited.(type) {
			case *kong.Node:
				v.Help = textOf(v.Help, texts)
			case *kong.Value:
				v.Help = textOf(v.Help, texts)
			}
			return next(nil)
		})
	})
}

// textOf returns the text that a tag refers to, or the tag itself. A name without a text is left to kong, which refuses
// it.
func textOf(tag string, texts map[string]string) string {
	name, found := strings.CutPrefix(strings.TrimSuffix(tag, "}"), "${")
	if text := texts[name]; found && text != "" {
		return text
	}
	return tag
}

// helpTexts returns the help of flags and arguments by the names that the tags of the commands' fields refer to: that
// of the settings, and what only one command has.
func helpTexts() map[string]string {
	texts := map[string]string{
		"alert_watch": "Tell when an event meets a rule, until a signal. This is what alert does by itself.",
		"alert_watch_rules": "Take rules and outputs from this YAML file, instead of the rules that come with " +
			"seachange, printed in the terminal.",
		"alert_watch_since": "An output that is new begins with the events of so long ago (90m, 30d), or since a date " +
			"or time (RFC 3339), instead of now.",
		"alert_listen": "Serve /metrics, /healthz and /readyz here, such as 127.0.0.1:8282. Off by default.",
		"alert_exposures": "Also write what the internet can reach to the topic <prefix>.exposures, as events of a " +
			"resource. One alert does so at a time.",
		"alert_on_error":    "At a record that is no event of seachange: set it aside and alert the outputs (skip), or stop.",
		"alert_test_rules":  "The rules' YAML file; by default the rules that come with seachange.",
		"alert_test_events": "Take events from this file, one a line, as tail --output json prints them; - is stdin.",
		"posture": "Show what is risky in the accounts now, and since when: the rules of alert, held against the topics. " +
			"Exits with 3 where the worst is a warning, 4 where it is critical.",
		"silence_match": "Mute the alerts that meet this condition, in CEL, over rule, severity, title, account, " +
			"account_name, resource, id, name, key, what and tags.",
		"silence_for":        "Mute them for so long (2h, 30d).",
		"silence_by":         "Who mutes them; by default the user of this machine.",
		"silence_everything": "Allow a condition that matches everything.",
		"annotate_add": "Write a note, for a pipeline that is about to change something. alert and history show it beside " +
			"the changes of its time, as a hint.",
		"annotate_by": "Who makes the changes; by default the user of this machine. What stands here is not checked.",
		"annotate_resource": "A resource (droplets) or a record (droplets/412001001) that the note is about; by default " +
			"all.",
		"annotate_from": "The changes begin at this moment: a date or time (RFC 3339), or a time span ago (90m); by " +
			"default now.",
		"annotate_for":  "The changes end so long after they began.",
		"posture_rules": "Take the rules from this YAML file, instead of those that come with seachange.",
		"posture_at": "As the accounts were at this moment: a date or time (RFC 3339), or a time span ago " +
			"(90m, 30d).",
		"posture_output": "Print a table, json, sarif (2.1.0), or ocsf (1.3, a finding a line).",
		"at_output":      "Print a table, or with all columns json (a record a line), csv or parquet.",
		"at_time":        "A moment: a date or time (RFC 3339), a time span ago (90m, 30d), or now. Not with --every.",
		"at_every":       "Show the accounts again and again in steps of this (1d, 6h), from --from to --to.",
		"at_raw": "With --output csv: write fields as they are, for programs. By default one that begins with =, +, - or @ " +
			"has an apostrophe before it, and what is not printable is escaped: a spreadsheet takes such a field for a formula.",
		"alert": "Tell people and programs when a change meets a rule: a firewall opens to the world.",
		"certify": "Prove exactly once on a Kafka: seachange is killed, paused and cut off on topics of its own, and a " +
			"strict consumer judges what it publishes.",
		"certify_for":     "Let things go wrong for so long; then all is judged once more, and the topics are deleted.",
		"certify_keep":    "Leave the topics and the group where they are.",
		"certify_through": "Reach the brokers through the tunnel at this address.",
		"plan": "Show how often each collection is read, and why: from the state topic, without a " +
			"request.",
		"rebuild":        "Make a lost state anew from the other topics, or move an embedded broker to a Kafka.",
		"console":        "Look at it in a browser: what is watched, what changed, and each record at any moment.",
		"console_listen": "Where the pages are served; port 0 is any that is free.",
		"demo_listen":    "Where the console's pages are served; port 0 is any that is free, and off is none.",
		"demo_for":       "End after so long (30s); by default it goes on until Ctrl-C.",
		"demo_output": "Tell the story as text; or print only the events as json, one a line, as they stand in " +
			"the topics.",
		"demo_embedded_listen": "Where the embedded broker listens; port 0 is any that is free.",
		"demo_keep": "Keep the topics in this directory, with the embedded broker: other commands read them " +
			"with --data-dir, also when the demo is over.",
		"healthz_listen": "Where the running seachange listens: its own --listen.",
		"history_output": "Print text, a line a change; or json, the events as they stand in the topic.",
		"history_rollouts": "Show changes, too, that are DigitalOcean's own: what came to, or went from, most records " +
			"of a resource at once.",
		"history_on_error": "At a record that is no event of seachange: stop, or skip it, saying which.",
		"ask_wait":         "How long to wait for the owners' answers. 0s: ask, and don't wait.",
		"look_id": "Only where this record is, or what is below it: what to read after it was changed. A record that " +
			"nobody knows yet has all of the resource read.",
		"past_index": "Ask the index in this directory, which is brought up to date first, instead of reading the topics " +
			"from their beginning; made if need be. What is no event of seachange is left out, and the log says so.",
		"plan_per_hour":          "The token's hourly limit; 0 is what run last saw, with what others use of it.",
		"rebuild_unknown_fields": "What --unknown-fields was when the events were made.",
		"rebuild_give_up": "In a damaged --data-dir, give up the events behind the damage: what is damaged is set " +
			"aside, and what DigitalOcean still shows is published again by the next run.",
		"rebuild_from": "Before that, copy the topics of the embedded broker in this directory, which moves it to " +
			"--brokers.",
		"release_account": "Of this account only, by its id. By default: of every account that holds some back.",
		"replay_since": "Begin with the events of so long ago (90m, 30d), or since a date or time (RFC 3339), " +
			"instead of the first.",
		"replay_to": "The topic to write to, which is made if need be and may not be one of seachange's own; " +
			"or stdout, the events as JSON, one a line.",
		"run_once": "Make one pass over everything and print what was done; exit 0 only if all of it could be " +
			"read. What was read a few minutes ago, and has not changed since as its parent shows, " +
			"isn't read again.",
		"tail_since": "Begin with the changes of so long ago (90m, 30d), or since a date or time (RFC 3339), " +
			"instead of now.",
		"tail_op":     "Show these operations only: created, updated, deleted, observed (or c, u, d, r).",
		"tail_follow": "Go on with what comes; --no-follow stops at the end of what is there, for --since.",
		"tail_output": "Print text, a line a change; or json, the events as they stand in the topic.",
		"topics_print": "Print this instead: sh, the commands that make the topics, and change those that exist; " +
			"acl, those that grant the rights; asyncapi, the topics as an AsyncAPI 3 document.",
		"topics_apply": "Set the retention and --topic-config on topics that exist. A shorter retention deletes older " +
			"events.",
		"views": "Print SQL for a lake: views of the events with the types of DigitalOcean's document, in the words of an " +
			"engine.",
		"views_engine": "bigquery, clickhouse, duckdb, flink, snowflake, spark or trino.",
		"views_versions": "The table in which the versions of the records are; by default a view of them is made over " +
			"the events.",
	}
	maps.Copy(texts, config.Help())
	return texts
}
