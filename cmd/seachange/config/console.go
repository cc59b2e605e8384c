package config

// Console says who may look at the pages, and where their index is.
type Console struct {
	Auth       string   `yaml:"console_auth" name:"console-auth" help:"${console_auth}" placeholder:"FILE"`
	AuthHeader string   `yaml:"console_auth_header" name:"console-auth-header" help:"${console_auth_header}" placeholder:"NAME"`
	Hosts      []string `yaml:"console_host" name:"console-host" help:"${console_host}" placeholder:"NAME"`
	Index      string   `yaml:"index" help:"${index}" placeholder:"DIR"`
	IndexMiB   int64    `yaml:"index_mib" name:"index-mib" help:"${index_mib}" default:"4096" placeholder:"N"`
}

// Check refuses a size that can't be meant.
func (c Console) Check() error {
	if c.IndexMiB < 0 {
		return Errorf("--index-mib %d: want at least 0", c.IndexMiB)
	}
	return nil
}

// Closed reports whether nobody can look unasked: who may is checked, or the address is this machine's alone.
func (c Console) Closed(listen string) bool {
	return c.Auth != "" || c.AuthHeader != "" || loopback(listen)
}
