package alert

import (
	"github.com/tidwall/gjson" // one member: a fifth of the time of jsontext (BenchmarkJSON of exposure)

	"github.com/seachange/seachange/schema"
)

// actor is who made a change, and the member of the record that says so; "" where none does. DigitalOcean's API has no
// audit log, and of who made a record nothing follows about who changed it since: nobody is guessed.
func actor(ev *schema.Event) (who, evidence string) {
	if ev.After == nil || ev.After.Body == nil {
		return "", ""
	}
	members := []string{
		"cause_details.digitalocean_user_action.user.email", "cause_details.digitalocean_user_action.user.full_name",
		"trigger.manual.user.email", "trigger.manual.user.full_name",
	}
	switch ev.Op {
	case schema.Created:
		members = append(members,
			"created_by_user_email", "created_by_email", "created_by_user_id", "created_by", "audit.createdBy")
	case schema.Updated:
		members = []string{"updated_by_user_email", "updated_by_email", "updated_by_user_id", "updated_by"}
	default:
		return "", ""
	}
	for _, m := range members {
		if who := gjson.Get(*ev.After.Body, m).String(); who != "" {
			return who, m
		}
	}
	return "", ""
}
