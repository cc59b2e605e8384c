package wire

var Narrow = narrow
