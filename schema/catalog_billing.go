package schema

import "time"

// Money. What was billed never changes: history and the items of an invoice are logs, known by all that they hold.
var billingRows = []Resource{
	{
		Name: "billing_history", Path: "/v2/customers/my/billing_history", Items: "billing_history", Kind: Log, Absent: Never,
		Scope: "billing:read", Group: "billing",
		Title: "description",
		Why: map[string]string{
			"ID": "no member, and no few of them, tells two entries apart",
		},
	},
	{
		// The response has the present month's preview beside it, made anew each day. By id it shows the items.
		Name: "invoices", Path: "/v2/customers/my/invoices", Items: "invoices", Absent: Twice,
		Scope: "billing:read", Group: "billing",
		ID: "invoice_uuid", Clock: "updated_at", Title: "invoice_period",
		Ignore: "updated_at",
		Why: map[string]string{
			"Absent": "the GET by id shows the items",
			"amount": "all that the resource is for",
		},
	},
	{
		// An invoice is final, and each costs a request.
		Name: "invoice_items", Path: "/v2/customers/my/invoices/{invoices}", Items: "invoice_items", Kind: Log, Absent: Never,
		Scope: "billing:read", Group: "billing", MinInterval: 6 * time.Hour,
		Title: "description",
		Why: map[string]string{
			"ID": "no member, and no few of them, tells two entries apart",
		},
	},
	{
		// The balances move with everything that is used.
		Name: "prepayment", Path: "/v2/customers/my/prepayment_config", Kind: Single, Absent: Never,
		Scope: "billing:read", PerPage: -1, Group: "billing", MinInterval: time.Hour,
		Ignore: "status.balance status.month_to_date_balance config.updated_at",
	},
}
