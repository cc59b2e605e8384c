package schema

// Everything that follows from the rows is generated, in this order: what is known of records, their columns, the
// contract and the examples; the page of resources; a record of each row in the simulated account; how many resources
// and requests the pages count.
//
//go:generate go test -count=1 -run ^TestGeneratedFiles$ . -update
//go:generate go test -count=1 -run ^TestDocsSayWhatTheCatalogueDoes$ . -update
//go:generate go test -count=1 -run ^TestTheExampleHasEveryRow$ ../producer/digitalocean/digitaloceantest -update
//go:generate go test -count=1 -run ^TestAPassOver ../cmd/seachange -update
