package absence_test

import (
	"testing"

	"github.com/seachange/seachange/diff/absence"
	"github.com/seachange/seachange/schema"
)

func TestUnshown(t *testing.T) {
	list := &schema.Resource{Name: "x", Path: "/v2/p/{p}/x"}
	one := &schema.Resource{Name: "y", Path: "/v2/p/{p}/y", Kind: schema.Single, Absent: schema.WithParent}
	byID := &schema.Resource{Name: "z", Path: "/v2/p/{p}/z", Kind: schema.Map, Absent: schema.Twice}
	top := &schema.Resource{Name: "t", Path: "/v2/t"}
	own := &schema.Resource{Name: "o", Path: "/v2/o", Kind: schema.Single, Absent: schema.WithParent}
	always := &schema.Resource{Name: "a", Path: "/v2/a", Kind: schema.Single, Absent: schema.Never}
	for _, c := range []struct {
		row             *schema.Resource
		known           int
		ofParent, whole bool
		want            absence.Listing
	}{
		{list, 0, false, false, absence.NotOffered},
		{list, 0, false, true, absence.NotOffered},
		{list, 2, false, true, absence.Unread},
		{list, 2, true, true, absence.Unread},
		{one, 0, false, false, absence.NotOffered},
		{one, 0, false, true, absence.None},
		{one, 0, true, true, absence.NotOffered},
		{one, 1, false, false, absence.None},
		{one, 1, true, true, absence.Unread},
		{byID, 3, false, true, absence.None},
		{byID, 0, false, false, absence.NotOffered},
		{top, 0, false, false, absence.Unread},
		{top, 5, false, true, absence.Unread},
		{own, 0, false, false, absence.None},
		{own, 1, false, true, absence.None},
		{always, 0, false, false, absence.None},
		{always, 1, false, true, absence.Unread},
	} {
		if got := absence.Unshown(c.row, c.known, c.ofParent, c.whole); got != c.want {
			t.Errorf("%s, %d known, of its parent %t, whole %t: %d, want %d", c.row.Name, c.known, c.ofParent,
				c.whole, got, c.want)
		}
	}
}
