package schema

// Paths is a space-separated list of paths into a record. One language for masks, sets, ignored and counted fields:
//
//	name       a member of an object
//	*          any member
//	**         any number of members and elements, also none
//	x[]        every element of the array x
//	x[k+l]     in Sets, at the end: the set x, its elements known by their members k and l
//
// Steps are joined by dots: "tags", "node_pools[].nodes", "resources.*.count", "**.envs[].value".
// A path names the value it ends on: as a set "inbound_rules" sorts the array, as a mask "users[].password" hides a value.
type Paths string
