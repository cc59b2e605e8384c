package digitalocean

// memory remembers what pages say beside their records, so that a page that comes again byte for byte isn't parsed. It
// is bounded: beyond that, pages are parsed again, which costs time and nothing else.
type memory struct{ pages map[string]remembered }

// remembered is what a page with this sum says.
type remembered struct {
	sum   uint64
	next  string
	guess bool // next is only guessed
	total int
	ids   []uint64 // of its records, each once
}

// maxRemembered bounds the pages of one account: 3 million records at 200 a page.
const maxRemembered = 16384

func (m *memory) get(key string, sum uint64) (remembered, bool) {
	p, ok := m.pages[key]
	return p, ok && p.sum == sum
}

func (m *memory) put(key string, p remembered) {
	if m.pages == nil {
		m.pages = map[string]remembered{}
	}
	if _, ok := m.pages[key]; !ok && len(m.pages) >= maxRemembered {
		for k := range m.pages { // any
			delete(m.pages, k)
			break
		}
	}
	m.pages[key] = p
}
