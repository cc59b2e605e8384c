package schema

// Money. Invoices and history never change once they are there: they are logs.
var billingRows = []Resource{
	{
		Name: "billing_history", Path: "/v2/customers/my/billing_history", Items: "billing_history", Kind: Log, Absent: Never,
		Scope: "billing:read", Group: "billing",
		Title: "description",
	},
	{
		Name: "invoices", Path: "/v2/customers/my/invoices", Items: "invoices", Kind: Log, Absent: Never,
		Scope: "billing:read", Group: "billing",
		ID: "invoice_uuid", Clock: "updated_at", Title: "invoice_period",
		Ignore: "updated_at",
	},
	{
		Name: "invoice_items", Path: "/v2/customers/my/invoices/{invoices}", Items: "invoice_items", Kind: Log, Absent: Never,
		Scope: "billing:read", Group: "billing",
		Title: "description",
	},
}
