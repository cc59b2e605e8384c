package schema

// Defaults is the safety net for tomorrow's fields: masks and sets that hold for every resource beside its own. Package
// secret masks, beside these, by the words of a name and the look of a value.
func Defaults() Resource {
	return Resource{
		Name: "defaults",
		Mask: "**.password **.passwd **.passphrase **.root_password **.admin_password **.user_password " +
			"**.db_password **.basic_auth_password **.secret **.secrets **.secret_key **.secret_access_key " +
			"**.client_secret **.shared_secret **.webhook_secret **.token **.access_token **.api_token " +
			"**.auth_token **.bearer_token **.refresh_token **.hf_token **.auth_key **.api_key **.apikey " +
			"**.datadog_api_key **.private_key **.client_key **.client_key_data **.ssl_key **.tls_key " +
			"**.encryption_key **.access_cert **.credential **.credentials **.registry_credentials " +
			"**.authorization **.kubeconfig **.connection_string **.connection_uri **.dsn **.repo_clone_url " +
			"**.user_data **.signed_url **.presigned_url **.download_url **.webhook_url **.sso_url " +
			"**.headers[].value **.secure_header.value **.metrics_endpoints[].url",
		Sets: "**.tags **.features **.regions **.sizes **.droplet_ids **.volume_ids **.backup_ids **.snapshot_ids " +
			"**.vpc_ids **.load_balancer_uids **.kubernetes_ids **.addresses **.vpc_egress_ips **.emails " +
			"**.capabilities **.allow_methods **.allow_headers **.expose_headers **.allowed_domains " +
			"**.allowed_tools **.service_cnames",
		Why: map[string]string{"**.buildpacks[].description": "an array whose order means something: the lines of a text"},
	}
}
