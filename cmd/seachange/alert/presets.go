package alert

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
	"unicode/utf8"
)

// preset is an endpoint whose language is known.
type preset struct {
	url   string // where it is, if everybody's is there
	keyed bool   // it wants a key
	chat  bool   // it wants a chat
	// encode makes the request's body. It may change the address and the header.
	encode func(e *endpoint, a *Alert, address *url.URL, header http.Header) any
}

func presets() map[string]preset {
	return map[string]preset{
		"slack":        {encode: slackMessage},
		"teams":        {encode: teamsMessage},
		"discord":      {encode: discordMessage},
		"telegram":     {chat: true, encode: telegramMessage},
		"pagerduty":    {url: "https://events.pagerduty.com/v2/enqueue", keyed: true, encode: pagerdutyEvent},
		"opsgenie":     {url: "https://api.opsgenie.com/v2/alerts", keyed: true, encode: opsgenieAlert},
		"alertmanager": {encode: alertmanagerAlerts},
		"webhook":      {encode: func(_ *endpoint, a *Alert, _ *url.URL, _ http.Header) any { return a }},
	}
}

func slackMessage(e *endpoint, a *Alert, _ *url.URL, _ http.Header) any {
	return map[string]string{"text": slackText(e.output.text(a))}
}

func teamsMessage(e *endpoint, a *Alert, _ *url.URL, _ http.Header) any {
	card := map[string]any{
		"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4",
		"body": []any{map[string]any{"type": "TextBlock", "wrap": true, "text": e.output.text(a)}},
	}
	return map[string]any{"type": "message", "attachments": []any{
		map[string]any{"contentType": "application/vnd.microsoft.card.adaptive", "content": card},
	}}
}

func discordMessage(e *endpoint, a *Alert, _ *url.URL, _ http.Header) any {
	return map[string]any{
		"content": short(e.output.text(a), 2000), "allowed_mentions": map[string]any{"parse": []string{}},
	}
}

func telegramMessage(e *endpoint, a *Alert, _ *url.URL, _ http.Header) any {
	return map[string]any{
		"chat_id": e.output.Chat, "text": short(e.output.text(a), 4096),
		"link_preview_options": map[string]bool{"is_disabled": true},
	}
}

// pagerdutyEvent is one of PagerDuty's Events API v2: what is resolved closes the incident that it opened.
func pagerdutyEvent(e *endpoint, a *Alert, _ *url.URL, _ http.Header) any {
	event := map[string]any{
		"routing_key": e.key, "event_action": "trigger", "dedup_key": short(a.Finding(), 255),
		"payload": map[string]any{
			"summary": short(e.output.title(a), 1024), "source": a.Account, "severity": a.Severity, "timestamp": a.Before,
			"component": a.Resource, "class": a.Rule,
			"custom_details": map[string]any{
				"what": render(e.output.words.body, a, a.What), "window": a.Window(), "advice": a.Advice, "tags": a.Tags,
			},
		},
	}
	if a.RunbookURL != "" {
		event["links"] = []any{map[string]string{"href": a.RunbookURL, "text": "Runbook"}}
	}
	if a.Status == Resolved {
		event["event_action"] = "resolve"
	}
	return event
}

// opsgenieAlert is one of Opsgenie's Alert API: what is resolved closes the alert by its alias.
func opsgenieAlert(e *endpoint, a *Alert, address *url.URL, header http.Header) any {
	header.Set("Authorization", "GenieKey "+e.key)
	alias := short(a.Finding(), 512)
	if a.Status == Resolved {
		*address = *address.JoinPath(url.PathEscape(alias), "close")
		address.RawQuery = "identifierType=alias"
		return map[string]string{"source": "seachange", "note": a.What}
	}
	return map[string]any{
		"message": short(e.output.title(a), 130), "alias": alias, "description": short(e.output.text(a), 15000),
		"source": "seachange", "tags": nonNil(a.Tags),
		"priority": map[string]string{"critical": "P1", "warning": "P3", "info": "P5"}[a.Severity],
	}
}

// short cuts a text to so many bytes, between two characters.
func short(s string, most int) string {
	if len(s) <= most {
		return s
	}
	cut := most - len("…")
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// Finding names the finding among all accounts: what begins and what ends have the same.
func (a *Alert) Finding() string { return a.Account + "/" + a.Key }

// signature is the header's value by which a webhook knows who sent the body, and when: HMAC-SHA-256 of "<t>.<body>".
func signature(key string, body []byte, now time.Time) string {
	t := strconv.FormatInt(now.Unix(), 10)
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(t + "."))
	h.Write(body)
	return fmt.Sprintf("t=%s,v1=%s", t, hex.EncodeToString(h.Sum(nil)))
}
