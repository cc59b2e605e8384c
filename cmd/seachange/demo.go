package main

import "errors"

type demoCmd struct{}

// Run is written by the lead.
func (c *demoCmd) Run(*env) error { return errors.New("demo: not written yet") }
