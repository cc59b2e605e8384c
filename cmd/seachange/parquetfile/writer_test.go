package parquetfile_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"github.com/seachange/seachange/cmd/seachange/history"
	"github.com/seachange/seachange/cmd/seachange/parquetfile"
	"github.com/seachange/seachange/schema"
	"github.com/seachange/seachange/schema/types"
)

func written(t *testing.T, rows []history.Row, resources ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := parquetfile.New(&b, resources...)
	for _, r := range rows {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func schemaOf(t *testing.T, file []byte) string {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return f.Schema().String()
}

// droplet is what the test reads of a file with columns of Droplets.
type droplet struct {
	ID        string    `parquet:"id"`
	CreatedAt *int64    `parquet:"created_at,optional"`
	MomentMS  int64     `parquet:"moment"`
	Body      *string   `parquet:"body,optional"`
	VCPUs     *int64    `parquet:"vcpus,optional"`
	Locked    *bool     `parquet:"locked,optional"`
	Tags      []*string `parquet:"tags,optional,list" parquet-element:",optional"`
	BackupIDs []*string `parquet:"backup_ids,optional,list" parquet-element:",optional"`
	Region    *region   `parquet:"body_region,optional"`
	Size      *size     `parquet:"size,optional"`
	Image     *image    `parquet:"image,optional"`
}
type region struct {
	Slug     *string   `parquet:"slug,optional"`
	Features []*string `parquet:"features,optional,list" parquet-element:",optional"`
}
type size struct {
	Price *float64 `parquet:"price_monthly,optional"`
}
type image struct {
	ID      *string `parquet:"id,optional"`
	Created *int64  `parquet:"created_at,optional"`
}

func TestAResourceHasTypedColumns(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 6, 1, 0, 0, 0, 500_000, time.UTC)
	body := `{"backup_ids":[7,9007199254740993],"created_at":"2026-06-01T00:00:00.0005Z","id":1,"image":{"created_at":"2026-06-01T02:00:00.0005+02:00","id":5},` +
		`"locked":true,"region":{"features":[],"slug":"fra1"},"size":{"price_monthly":12.5},"tags":["a",3],"vcpus":2}`
	other := `{"backup_ids":null,"id":1,"image":[],"locked":"true","region":3,"size":"now a text","tags":"x","vcpus":"two"}`
	var rows []history.Row
	for _, text := range []*string{&body, &other, new("no JSON"), nil} {
		created := new("2026-06-01T00:00:00.0005Z")
		if text == nil {
			created = new("yesterday")
		}
		rows = append(rows, history.Row{Resource: "droplets", ID: "1", Body: text, CreatedAt: created, MomentMS: 7})
	}
	file := written(t, rows, "droplets")
	got, err := parquet.Read[droplet](bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	micros := new(at.UnixMicro())
	want := []droplet{
		{
			ID: "1", CreatedAt: micros, MomentMS: 7, Body: &body, VCPUs: new(int64(2)), Locked: new(true),
			Tags: []*string{new("a"), nil}, BackupIDs: []*string{new("7"), new("9007199254740993")},
			Region: &region{new("fra1"), []*string{}}, Size: &size{new(12.5)}, Image: &image{new("5"), micros},
		},
		{ID: "1", CreatedAt: micros, MomentMS: 7, Body: &other},
		{ID: "1", CreatedAt: micros, MomentMS: 7, Body: new("no JSON")},
		{ID: "1", MomentMS: 7},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	for _, column := range []string{
		"created_at (TIMESTAMP(isAdjustedToUTC=true,unit=MICROS))", "moment (TIMESTAMP(isAdjustedToUTC=true,unit=MILLIS))",
		"int64 vcpus", "boolean locked", "group tags (LIST)", "double price_monthly",
	} {
		if text := schemaOf(t, file); !strings.Contains(text, column) {
			t.Errorf("no %s in %s", column, text)
		}
	}
}

// Several resources have only the columns of the row.
func TestSeveralResourcesHaveTheRowAlone(t *testing.T) {
	t.Parallel()
	row := history.Row{Resource: "droplets", ID: "1", Body: new(`{"vcpus":2}`)}
	for _, resources := range [][]string{{}, {"droplets", "volumes"}, {"nothing"}} {
		text := schemaOf(t, written(t, []history.Row{row}, resources...))
		if strings.Contains(text, "vcpus") || !strings.Contains(text, "valid_before") {
			t.Errorf("%s: %s", resources, text)
		}
	}
}

// Each resource of which a document names the members can be written, with no column twice.
func TestEveryResourceHasAFile(t *testing.T) {
	t.Parallel()
	for i := range schema.Catalog {
		name := schema.Catalog[i].Name
		file := written(t, []history.Row{{Resource: name, ID: "1", Body: new("{}")}}, name)
		f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		seen := map[string]bool{}
		for _, c := range f.Schema().Fields() {
			if key := strings.ToLower(c.Name()); seen[key] {
				t.Errorf("%s has column %s twice", name, c.Name())
			} else {
				seen[key] = true
			}
		}
		if len(types.Fields(name)) > 3 && len(seen) < 19 {
			t.Errorf("%s has %d columns", name, len(seen))
		}
	}
}
