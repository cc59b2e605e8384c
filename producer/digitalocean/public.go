package digitalocean

import (
	"context"

	"github.com/seachange/seachange/producer"
	"github.com/seachange/seachange/schema"
)

// Public returns c as the source of what is the same for every account: any token may read it, and it is nobody's.
func (c *Client) Public() producer.Source { return public{c} }

type public struct{ *Client }

// Identify asks whether the token works, and returns the account id that stands for everybody.
func (p public) Identify(ctx context.Context) (producer.Identity, error) {
	if _, err := p.Client.Identify(ctx); err != nil {
		return producer.Identity{}, err
	}
	return producer.Identity{ID: schema.GlobalAccount, Name: "public catalogues"}, nil
}
