package schema

import "time"

// AI: agents, what they know, models and their keys; dedicated inference. Agents hold whole agents, to any depth, and a
// workspace holds them too: what is masked in one is masked in all.
var genAIRows = []Resource{
	{
		Name: "dedicated_inferences", Path: "/v2/dedicated-inferences", Items: "dedicated_inferences",
		Scope: "dedicated_inference:read",
		ID:    "id", Born: "created_at", Clock: "updated_at", Title: "spec.name",
		Sets:   "provider_model_id spec.model_deployments[model_slug] spec.model_deployments[].accelerators[type]",
		Ignore: "spec.model_deployments[].accelerators[].status pending_deployment_spec updated_at",
	},
	{
		Name: "dedicated_inference_tokens", Path: "/v2/dedicated-inferences/{dedicated_inferences}/tokens", Items: "tokens",
		Absent: Twice, Scope: "dedicated_inference_tokens:read",
		ID: "id", Born: "created_at",
		Mask: "value",
	},
	{
		Name: "gen_ai_workspaces", Path: "/v2/gen-ai/workspaces", Items: "workspaces",
		Scope: "genai:read", PerPage: -1,
		ID: "uuid", Born: "created_at", Clock: "updated_at",
		Mask: "**.api_key_infos[].secret_key **.api_keys[].api_key **.functions[].api_key **.functions[].url " +
			"**.mcp_servers[].authorization **.mcp_servers[].headers **.mcp_servers[].server_url",
		Sets:   "agents[uuid] evaluation_test_cases[test_case_uuid]",
		Only:   "agents[].uuid evaluation_test_cases[].test_case_uuid",
		Ignore: "updated_at",
		PII:    "**.created_by_email **.created_by_user_email **.updated_by_user_email",
		Show:   "agents[].model_provider_key.models agents[].openai_api_key.models",
	},
	{
		Name: "gen_ai_agents", Path: "/v2/gen-ai/agents", Items: "agents",
		Scope: "genai:read",
		ID:    "uuid", Born: "created_at", Clock: "updated_at", Deleted: "deployment.status=STATUS_DELETED",
		// What gen_ai_agent_details tells is left to it, should the listing have it, too.
		Mask: "**.api_key_infos[].secret_key **.api_keys[].api_key **.functions[].api_key **.functions[].url " +
			"**.mcp_servers[].authorization **.mcp_servers[].headers **.mcp_servers[].server_url",
		Sets: "chatbot.allowed_domains mcp_servers[].allowed_tools model_router.regions tags " +
			"chatbot_identifiers mcp_servers model_router.config.policies[task_slug]",
		Only: "model.uuid template.uuid",
		Ignore: "deployment.updated_at model_router.updated_at updated_at anthropic_api_key api_key_infos api_keys " +
			"child_agents functions guardrails knowledge_bases open_ai_api_key parent_agents workspace",
		PII:  "**.created_by_email **.created_by_user_email **.updated_by_user_email",
		Show: "open_ai_api_key.models",
		Why: map[string]string{
			"anthropic_api_key": "it is in gen_ai_agent_details",
			"api_key_infos":     "it is in gen_ai_agent_details",
			"api_keys":          "it is in gen_ai_agent_details",
			"child_agents":      "it is in gen_ai_agent_details",
			"functions":         "it is in gen_ai_agent_details",
			"guardrails":        "it is in gen_ai_agent_details",
			"knowledge_bases":   "it is in gen_ai_agent_details",
			"open_ai_api_key":   "it is in gen_ai_agent_details",
			"parent_agents":     "it is in gen_ai_agent_details",
			"workspace":         "it is in gen_ai_agent_details",
		},
	},
	{
		Name: "gen_ai_agent_details", Path: "/v2/gen-ai/agents/{gen_ai_agents}", Items: "agent", Kind: Single,
		Absent: WithParent, Scope: "genai:read", PerPage: -1,
		Clock: "updated_at",
		Mask: "**.api_key_infos[].secret_key **.api_keys[].api_key **.functions[].api_key **.functions[].url " +
			"**.mcp_servers[].authorization **.mcp_servers[].headers **.mcp_servers[].server_url",
		Sets: "chatbot.allowed_domains knowledge_bases[].tags mcp_servers[].allowed_tools model_router.regions tags " +
			"vpc_egress_ips api_key_infos[uuid] api_keys chatbot_identifiers child_agents[uuid] functions[uuid] " +
			"guardrails[uuid] knowledge_bases[uuid] mcp_servers model_provider_key.models[uuid] " +
			"model_router.config.policies[task_slug] openai_api_key.models[uuid] parent_agents[uuid]",
		Only: "model.uuid template.uuid workspace.uuid child_agents[].uuid parent_agents[].uuid",
		Ignore: "anthropic_api_key.updated_at deployment.updated_at functions[].updated_at guardrails[].updated_at " +
			"knowledge_bases[].last_indexing_job knowledge_bases[].updated_at model_provider_key.models " +
			"model_provider_key.updated_at model_router.updated_at openai_api_key.models openai_api_key.updated_at " +
			"open_ai_api_key.models open_ai_api_key.updated_at updated_at",
		PII:  "**.created_by_email **.created_by_user_email **.updated_by_user_email",
		Show: "model_provider_key.models openai_api_key.models open_ai_api_key.models",
		Why: map[string]string{
			"open_ai_api_key.models": "as openai_api_key.models, in godo's spelling",
		},
	},
	{
		Name: "gen_ai_agent_api_keys", Path: "/v2/gen-ai/agents/{gen_ai_agents}/api_keys", Items: "api_key_infos",
		Absent: Twice, Scope: "genai:read",
		ID: "uuid", Born: "created_at",
		Mask: "secret_key",
	},
	{
		Name: "gen_ai_knowledge_bases", Path: "/v2/gen-ai/knowledge_bases", Items: "knowledge_bases",
		Scope: "genai:read",
		ID:    "uuid", Born: "created_at", Clock: "updated_at",
		Sets:   "tags",
		Ignore: "last_indexing_job updated_at",
	},
	{
		Name: "gen_ai_knowledge_base_data_sources", Path: "/v2/gen-ai/knowledge_bases/{gen_ai_knowledge_bases}/data_sources",
		Items: "knowledge_base_data_sources", Absent: Twice, Scope: "genai:read",
		ID: "uuid", Born: "created_at", Clock: "updated_at", Title: "bucket_name",
		Sets:   "web_crawler_data_source.exclude_tags",
		Ignore: "last_datasource_indexing_job last_indexing_job updated_at",
	},
	{
		Name: "gen_ai_indexing_schedules", Path: "/v2/gen-ai/scheduled-indexing/knowledge-base/{gen_ai_knowledge_bases}",
		Items: "indexing_info", Kind: Single, Absent: WithParent, Scope: "genai:read", PerPage: -1,
		Clock:  "updated_at",
		Sets:   "days",
		Ignore: "last_ran_at next_run_at updated_at",
	},
	{
		Name: "gen_ai_models", Path: "/v2/gen-ai/models", Items: "models", Absent: Twice,
		Scope: "genai:read",
		ID:    "uuid", Common: true, Born: "created_at", Clock: "updated_at",
		Sets: "capabilities endpoints[].capabilities modalities.input modalities.output reasoning_efforts endpoints " +
			"settings[name] usecases",
		Ignore: "updated_at",
	},
	{
		Name: "gen_ai_custom_models", Path: "/v2/gen-ai/custom_models", Items: "models",
		Scope: "genai:read",
		ID:    "uuid", Born: "created_at", Clock: "updated_at",
		Mask:   "source_ref.hf_token",
		Sets:   "input_modalities output_modalities tags.tags active_deployments[id]",
		Ignore: "active_deployments cost_estimate_per_month updated_at",
	},
	{
		Name: "gen_ai_model_api_keys", Path: "/v2/gen-ai/models/api_keys", Items: "api_key_infos", Absent: Twice,
		Scope: "genai:read",
		ID:    "uuid", Born: "created_at",
		Mask: "secret_key",
	},
	{
		Name: "gen_ai_model_routers", Path: "/v2/gen-ai/models/routers", Items: "model_routers",
		Scope: "genai:read",
		ID:    "uuid", Born: "created_at", Clock: "updated_at",
		Sets:   "regions config.policies[task_slug]",
		Ignore: "updated_at",
	},
	{
		Name: "gen_ai_openai_keys", Path: "/v2/gen-ai/openai/keys", Items: "api_key_infos",
		Scope: "genai:read",
		ID:    "uuid", Born: "created_at", Clock: "updated_at",
		Sets:   "models[uuid]",
		Ignore: "models updated_at",
	},
	{
		Name: "gen_ai_anthropic_keys", Path: "/v2/gen-ai/anthropic/keys", Items: "api_key_infos",
		Scope: "genai:read",
		ID:    "uuid", Born: "created_at", Clock: "updated_at",
		Ignore: "updated_at",
	},
	{
		Name: "gen_ai_evaluation_metrics", Path: "/v2/gen-ai/evaluation_metrics", Items: "metrics", Absent: Twice,
		Scope: "genai:read", PerPage: -1,
		ID: "metric_uuid", Common: true, Title: "metric_name",
		Sets:   "associated_presets[name]",
		Ignore: "custom_eval_config.updated_at",
	},
	{
		Name: "gen_ai_evaluation_datasets", Path: "/v2/gen-ai/evaluation_datasets", Items: "evaluation_datasets",
		Absent: Twice, Scope: "genai:read", PerPage: -1,
		ID: "dataset_uuid", Born: "created_at", Title: "dataset_name",
	},
	{
		Name: "gen_ai_evaluation_test_cases", Path: "/v2/gen-ai/evaluation_test_cases", Items: "evaluation_test_cases",
		Scope: "genai:read", PerPage: -1,
		ID: "test_case_uuid", Born: "created_at", Clock: "updated_at",
		Sets:   "metrics[metric_uuid] metrics[].associated_presets[name]",
		Ignore: "latest_version_number_of_runs metrics[].custom_eval_config.updated_at total_runs updated_at",
		PII:    "created_by_user_email updated_by_user_email",
	},
	{
		Name: "gen_ai_evaluation_runs",
		Path: "/v2/gen-ai/evaluation_test_cases/{gen_ai_evaluation_test_cases}/evaluation_runs", Items: "evaluation_runs",
		Absent: Twice, Scope: "genai:read", PerPage: -1, Group: "gen-ai-runs", ID: "evaluation_run_uuid", Title: "run_name",
		Sets: "run_level_metric_results[metric_uuid]",
		PII:  "created_by_user_email",
	},
	{
		Name: "gen_ai_indexing_jobs", Path: "/v2/gen-ai/indexing_jobs", Items: "jobs", Kind: Log, Absent: Never,
		Scope: "genai:read", Group: "gen-ai-runs",
		ID: "uuid", Clock: "updated_at", Open: "status=INDEX_JOB_STATUS_PENDING|INDEX_JOB_STATUS_IN_PROGRESS",
		Late: "finished_at",
		Sets: "data_source_uuids data_source_jobs[data_source_uuid]",
		Ignore: "completed_datasources data_source_jobs tokens total_items_failed total_items_indexed total_items_skipped " +
			"total_tokens updated_at",
		Why: map[string]string{
			"Title": "a job has an id and dates",
		},
	},
	{
		Name: "gen_ai_model_evaluation_presets", Path: "/v2/gen-ai/model_evaluation_presets", Items: "presets",
		Scope: "genai:read", PerPage: -1,
		ID: "eval_preset_uuid", Common: true, Born: "created_at",
		Sets:   "saved_sections metrics[metric_uuid] metrics[].associated_presets[name]",
		Ignore: "metrics[].custom_eval_config.updated_at",
	},
	{
		Name: "gen_ai_model_evaluation_runs", Path: "/v2/gen-ai/model_evaluation_runs", Items: "runs", Kind: Log,
		Absent: Never, Scope: "genai:read", Group: "gen-ai-runs",
		ID: "eval_run_uuid",
		Open: "status=MODEL_EVALUATION_RUN_QUEUED|MODEL_EVALUATION_RUN_RUNNING_DATASET|" +
			"MODEL_EVALUATION_RUN_EVALUATING_RESULTS|MODEL_EVALUATION_RUN_CANCELLING",
		Ignore: "progress",
	},
	{
		Name: "gen_ai_model_catalog_v2", Path: "/v2/gen-ai/models/catalog_v2", Items: "data", Absent: Twice,
		Scope: "genai:read", Group: "public", Global: true, MinInterval: time.Hour,
		ID: "id", Born: "created_at",
		Sets:   "capabilities serving products badges input_modality output_modality supported_endpoints reasoning_efforts",
		Ignore: "performance badges",
	},
	{
		Name: "gen_ai_scenario_library", Path: "/v2/gen-ai/scenario_library", Items: "scenarios", Absent: Twice,
		Scope: "genai:read", Group: "public", Global: true, MinInterval: time.Hour,
		ID: "library_scenario_uuid", Born: "created_at", Clock: "updated_at",
		Ignore: "updated_at",
	},
	{
		Name: "gen_ai_scenario_sets", Path: "/v2/gen-ai/scenario_sets", Items: "scenario_sets",
		Scope: "genai:read",
		ID:    "scenario_set_uuid", Born: "created_at", Clock: "updated_at",
		Ignore: "updated_at",
		Show:   "spaces_key",
	},
	{
		Name: "gen_ai_simulation_runs", Path: "/v2/gen-ai/simulation_runs", Items: "simulation_runs", Kind: Log,
		Absent: Never, Scope: "genai:read", Group: "gen-ai-runs",
		ID: "run_uuid", Clock: "updated_at",
		Open:   "status=SIMULATION_RUN_STATUS_PENDING|SIMULATION_RUN_STATUS_RUNNING|SIMULATION_RUN_STATUS_EVALUATING",
		Ignore: "episodes_finished result_summary updated_at",
		PII:    "created_by_user_email",
	},
}
