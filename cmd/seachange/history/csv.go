package history

import (
	"encoding/csv"
	"io"
	"iter"

	"github.com/seachange/seachange/schema/plain"
)

// WriteCSV writes rows as CSV, below a line with the names of the columns. Cells that a spreadsheet would run as
// formulas are made harmless: anybody who may name a Droplet can write one. Raw writes them as they are, for programs.
func WriteCSV(w io.Writer, rows iter.Seq[Row], raw bool) error {
	out := csv.NewWriter(w)
	if err := out.Write(Columns()); err != nil {
		return err
	}
	for r := range rows {
		texts := r.Texts()
		for i := range texts {
			if !raw {
				texts[i] = plain.Cell(texts[i])
			}
		}
		if err := out.Write(texts); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
