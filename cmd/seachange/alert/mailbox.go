package alert

import "sync"

// mailbox takes what one goroutine has to say to another, and blocks neither.
type mailbox struct {
	mu     sync.Mutex
	alerts []*Alert
}

// letters bounds a mailbox: an output that is dead for long doesn't get the rest of what is wrong elsewhere.
const letters = 1000

func (m *mailbox) put(alerts ...*Alert) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, a := range alerts {
		if len(m.alerts) < letters {
			m.alerts = append(m.alerts, a)
		}
	}
}

func (m *mailbox) empty() (alerts []*Alert) {
	m.mu.Lock()
	defer m.mu.Unlock()
	alerts, m.alerts = m.alerts, nil
	return alerts
}
