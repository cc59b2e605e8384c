package absence

import "github.com/seachange/seachange/schema"

// Listing is what is known of a collection that DigitalOcean didn't show: it answered 404 to its listing, or the record
// that it is embedded in lacks it.
type Listing int

const (
	Unread     Listing = iota // nothing: what is known stays as it was published
	NotOffered                // nothing was known of it before, either: it is not there, or not yet
	None                      // it has no records: those that are known are missing
)

// Unshown judges a 404 to the listing of a collection of r with so many known records. ofParent reports whether the 404
// was about its parent: that is listed, so it proves nothing. whole reports whether the last look showed that it is
// empty.
//
// What there is only one of, or is listed by one object, is not there where it isn't found. A list is found also where
// it is empty: its 404 says that the parent is too young for it, or not well.
func Unshown(r *schema.Resource, known int, ofParent, whole bool) Listing {
	one := r.Kind == schema.Single || r.Kind == schema.Map
	switch {
	case r.Parent() == "":
		if r.Kind == schema.Single && (known == 0 || r.Absent != schema.Never) {
			return None
		}
	case known == 0 && (ofParent || !one || !whole):
		return NotOffered
	case one && !ofParent:
		return None
	}
	return Unread
}
