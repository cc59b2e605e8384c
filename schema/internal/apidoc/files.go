package apidoc

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
)

// The documents lie in the repository, so that a clone can generate and check everything by itself. To take in a newer
// one, compress it with gzip -9n under the same name and run go generate ./schema.
var (
	//go:embed openapi.json.gz
	openAPI []byte // DigitalOcean's OpenAPI document, as one JSON file
	//go:embed review.json.gz
	review []byte // what was decided about each of its GETs by people who read it
)

// Day is the day of the OpenAPI document that lies in the repository.
const Day = "2026-08-07"

// DigitalOcean returns the OpenAPI document that lies in the repository, with the members that came later.
func DigitalOcean() (*Document, error) {
	doc, err := Original()
	if err != nil {
		return nil, err
	}
	doc.later, err = laterFields()
	return doc, err
}

// Original returns the OpenAPI document that lies in the repository as DigitalOcean wrote it.
func Original() (*Document, error) {
	text, err := unzip(openAPI)
	if err != nil {
		return nil, fmt.Errorf("openapi.json.gz: %w", err)
	}
	return Parse(text)
}

// Review decodes the review of that document into rows.
func Review(rows any) error {
	text, err := unzip(review)
	if err != nil {
		return fmt.Errorf("review.json.gz: %w", err)
	}
	if err := json.Unmarshal(text, rows); err != nil {
		return fmt.Errorf("review.json.gz: %w", err)
	}
	return nil
}

func unzip(file []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
