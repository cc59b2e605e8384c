package console

import (
	"net/http"

	"github.com/seachange/seachange/schema/plain"
)

type alertsData struct{ Findings []findingView }

type findingView struct {
	line
	Rule, Severity, Title, Advice, Where, What, About, Still, Silence, Command string
}

func (c *Console) alerts(r *http.Request) (*page, error) {
	if c.o.Findings == nil {
		return nil, &notFound{"this console knows no rules"}
	}
	all, err := c.o.Findings(r.Context())
	if err != nil {
		return nil, err
	}
	d := alertsData{}
	for _, f := range all {
		d.Findings = append(d.Findings, findingView{
			line: lineOf(&f.Change.Event), Rule: f.Rule, Severity: f.Severity, Title: plain.Text(f.Title),
			Advice: plain.Text(f.Advice), Where: plain.Text(f.Where), What: plain.Text(f.What),
			About: recordURL(f.Account, f.Resource, f.ID), Still: f.Still,
			Silence: plain.Text(f.Silence), Command: plain.Text(f.Command),
		})
	}
	return &page{Name: "alerts", Title: "Alerts", Nav: "/alerts", Data: d}, nil
}
