package schema

// Group is a name by which resources that are off by default are asked for: --with billing.
type Group struct {
	Name string
	What string // what its resources have in common, for the page of resources
}

// Groups are the groups that a row may be in. Read only.
var Groups = []Group{
	{"billing", "money"},
	{"metrics", "live measurements, and computed views of what other topics tell; many cost a request for each parent"},
	{"public", "DigitalOcean's catalogues, once per deployment"},
	{"logs", "event logs"},
	{"gen-ai-runs", "runs and jobs of the AI platform"},
	{"organization", "needs a token of the organization, which a team's is not"},
	{"admin", "can be read only with a scope that may do more than read: `function:admin`"},
	{"user", "what the token's user may see, and not the whole team"},
	{Spaces, "on by itself where there is a [Spaces key](../how-to/spaces.md)"},
}

// GroupNames returns the names of the groups.
func GroupNames() []string {
	var names []string
	for _, g := range Groups {
		names = append(names, g.Name)
	}
	return names
}
