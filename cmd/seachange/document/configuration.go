package document

// Configuration is what the settings of run are.
type Configuration struct {
	Settings []Setting           `json:"settings"` // in the order of run --help
	Accounts []ConfiguredAccount `json:"accounts"` // of the configuration file
}

// Setting is one of the settings, without anything that is secret.
type Setting struct {
	Name  string `json:"name"`  // the flag's
	Value string `json:"value"` // as it would be written on the command line
	From  string `json:"from"`  // default, file, or a variable: $SEACHANGE_BROKERS
}

// ConfiguredAccount is an account of the configuration file.
type ConfiguredAccount struct {
	Name      string `json:"name"`
	TokenFrom string `json:"token_from"` // the file's name, or the variable: $TOKEN
}
