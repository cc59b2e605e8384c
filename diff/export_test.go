package diff

// WithoutLook returns a copy of the rules that masks what their paths say, and nothing else.
func (r *Rules) WithoutLook() *Rules {
	other := *r
	other.look = false
	return &other
}
