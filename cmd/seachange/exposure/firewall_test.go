package exposure_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seachange/seachange/cmd/seachange/exposure"
)

// rules reads "allow tcp 22 0.0.0.0/0 ::/0; deny tcp all 192.0.2.0/24".
func rules(t *testing.T, text string) (all []exposure.Rule) {
	t.Helper()
	for line := range strings.SplitSeq(text, ";") {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		r := exposure.Rule{Deny: words[0] == "deny", Protocol: words[1], Ports: exposure.AllPorts()}
		if words[2] != "all" {
			if n, _ := fmt.Sscanf(words[2], "%d-%d", &r.Ports.From, &r.Ports.To); n == 1 {
				r.Ports.To = r.Ports.From
			}
		}
		for _, s := range words[3:] {
			p, ok := exposure.ParseSource(s)
			if !ok {
				t.Fatalf("%q is no source", s)
			}
			r.Sources = append(r.Sources, p)
		}
		all = append(all, r)
	}
	return all
}

func TestOpenings(t *testing.T) {
	for _, tt := range []struct{ name, before, after, want string }{
		{"a deny for everyone", "", "deny tcp 22 0.0.0.0/0", ""},
		{
			"an allow behind a deny that covers it", "deny tcp all 0.0.0.0/0",
			"deny tcp all 0.0.0.0/0; allow tcp 22 0.0.0.0/0", "",
		},
		{
			"behind two that cover it together", "",
			"deny tcp 20-22 0.0.0.0/1; deny tcp all 128.0.0.0/1; allow tcp 22 0.0.0.0/0", "",
		},
		{
			"behind one that leaves a port", "", "deny tcp 22 0.0.0.0/0; allow tcp 22-23 0.0.0.0/0",
			"tcp 22-23 [0.0.0.0/0] world",
		},
		{
			"behind one that leaves addresses", "", "deny tcp all 10.0.0.0/8; allow tcp 22 0.0.0.0/0",
			"tcp 22 [0.0.0.0/0] world",
		},
		{
			"behind one, beside another that counts", "",
			"deny tcp 22 192.0.2.0/24; allow tcp 22 192.0.2.0/25; allow tcp 22 0.0.0.0/0", "tcp 22 [0.0.0.0/0] world",
		},
		{"behind one of another protocol", "", "deny udp all 0.0.0.0/0; allow tcp 22 0.0.0.0/0", "tcp 22 [0.0.0.0/0] world"},
		{
			"behind one by IPv4 alone", "", "deny tcp all 0.0.0.0/0; allow tcp 22 0.0.0.0/0 ::/0",
			"tcp 22 [0.0.0.0/0 ::/0] world",
		},
		{"a deny that becomes an allow", "deny tcp 22 0.0.0.0/0", "allow tcp 22 0.0.0.0/0", "tcp 22 [0.0.0.0/0] world"},
		{"an allow that becomes a deny", "allow tcp 22 0.0.0.0/0", "deny tcp 22 0.0.0.0/0", ""},
		{
			"a deny goes that hid an allow", "allow tcp 22 0.0.0.0/0; deny tcp 22 0.0.0.0/0", "allow tcp 22 0.0.0.0/0",
			"tcp 22 [0.0.0.0/0] world",
		},
		{
			"a deny of a port goes", "allow tcp all 0.0.0.0/0; deny tcp 22 0.0.0.0/0", "allow tcp all 0.0.0.0/0",
			"tcp all [0.0.0.0/0] world",
		},
		{
			"a deny goes that hid a part", "allow tcp 22 0.0.0.0/0; deny tcp 22 192.0.2.0/24", "allow tcp 22 0.0.0.0/0",
			"tcp 22 [192.0.2.0/24]",
		},
		{
			"a deny of half the world goes", "allow tcp 22 0.0.0.0/0; deny tcp 22 0.0.0.0/1", "allow tcp 22 0.0.0.0/0",
			"tcp 22 [0.0.0.0/1] world",
		},
		{"a deny goes that hid nothing", "allow tcp 443 0.0.0.0/0; deny tcp 22 0.0.0.0/0", "allow tcp 443 0.0.0.0/0", ""},
		{
			"a deny shrinks", "allow tcp 22 0.0.0.0/0; deny tcp 22 0.0.0.0/0", "allow tcp 22 0.0.0.0/0; deny tcp 22 10.0.0.0/8",
			"tcp 22 [0.0.0.0/0] world",
		},
		{
			"a deny is split", "allow tcp 22 0.0.0.0/0; deny tcp 22 0.0.0.0/0",
			"allow tcp 22 0.0.0.0/0; deny tcp 22 0.0.0.0/1 128.0.0.0/1", "",
		},
		{
			"rules in another order", "deny tcp 22 192.0.2.0/24; allow tcp 22 0.0.0.0/0",
			"allow tcp 22 0.0.0.0/0; deny tcp 22 192.0.2.0/24", "",
		},
		{"a rule twice", "allow tcp 22 0.0.0.0/0", "allow tcp 22 0.0.0.0/0; allow tcp 22 0.0.0.0/0", ""},
		{"the world in halves", "", "allow tcp 22 0.0.0.0/1 128.0.0.0/1", "tcp 22 [0.0.0.0/1 128.0.0.0/1] world"},
		{
			"its halves in two rules", "", "allow tcp 22 0.0.0.0/1; allow tcp 20-30 128.0.0.0/1",
			"tcp 20-30 [128.0.0.0/1] world; tcp 22 [0.0.0.0/1] world",
		},
		{
			"the second half comes later", "allow tcp 22 0.0.0.0/1", "allow tcp 22 0.0.0.0/1 128.0.0.0/1",
			"tcp 22 [128.0.0.0/1] world",
		},
		{"one half of it", "", "allow tcp 22 128.0.0.0/1", "tcp 22 [128.0.0.0/1]"},
		{
			"its halves for different ports", "", "allow tcp 22 0.0.0.0/1; allow tcp 23 128.0.0.0/1",
			"tcp 22 [0.0.0.0/1]; tcp 23 [128.0.0.0/1]",
		},
		{"all that is somebody's by IPv6", "", "allow udp 53 2000::/3", "udp 53 [2000::/3] world"},
		{
			"all but what nobody has by IPv4", "", "allow udp 53 1.0.0.0/8 2.0.0.0/7 4.0.0.0/6 8.0.0.0/5 16.0.0.0/4 " +
				"32.0.0.0/3 64.0.0.0/2 128.0.0.0/2 192.0.0.0/3",
			"udp 53 [1.0.0.0/8 2.0.0.0/7 4.0.0.0/6 8.0.0.0/5 16.0.0.0/4 32.0.0.0/3 64.0.0.0/2 128.0.0.0/2 192.0.0.0/3] world",
		},
		{"nobody", "", "allow tcp 22", ""},
		{"the same by another name", "allow tcp 22 192.0.2.0/24", "allow tcp 22 ::ffff:192.0.2.0/120", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, o := range exposure.Openings(rules(t, tt.before), rules(t, tt.after)) {
				ports := fmt.Sprintf("%d-%d", o.Ports.From, o.Ports.To)
				switch {
				case o.Ports == exposure.AllPorts():
					ports = "all"
				case o.Ports.From == o.Ports.To:
					ports = fmt.Sprint(o.Ports.From)
				}
				got = append(got, fmt.Sprintf("%s %s %v%s", o.Protocol, ports, o.Sources, map[bool]string{true: " world"}[o.World]))
			}
			if d := cmp.Diff(tt.want, strings.Join(got, "; ")); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// point is an address that tries a port.
type point struct {
	protocol string
	port     int
	addr     netip.Addr
}

func (p point) meets(r exposure.Rule) bool {
	if r.Protocol != p.protocol || p.port < r.Ports.From || p.port > r.Ports.To {
		return false
	}
	for _, s := range r.Sources {
		if s.Contains(p.addr) {
			return true
		}
	}
	return false
}

func denied(rules []exposure.Rule, p point) bool {
	for _, r := range rules {
		if r.Deny && p.meets(r) {
			return true
		}
	}
	return false
}

// allowed asks each allow by itself: it counts if one of the points that it lets in is not denied.
func allowed(rules []exposure.Rule, p point, all []point) bool {
	for _, r := range rules {
		if r.Deny || !p.meets(r) {
			continue
		}
		for _, q := range all {
			if q.meets(r) && !denied(rules, q) {
				return true
			}
		}
	}
	return false
}

// points has one of every kind that the rules can tell apart: both sides of where a network or a range of ports ends.
func points(rules []exposure.Rule) (all []point) {
	ports, addrs := map[int]bool{0: true}, map[netip.Addr]bool{}
	for _, r := range rules {
		for _, n := range []int{r.Ports.From - 1, r.Ports.From, r.Ports.To, r.Ports.To + 1} {
			ports[max(0, min(n, 65535))] = true
		}
		for _, s := range r.Sources {
			first, last := s.Addr(), end(s)
			for _, a := range []netip.Addr{first.Prev(), first, last, last.Next()} {
				addrs[a] = a.IsValid()
			}
		}
	}
	for _, protocol := range []string{"tcp", "udp", "icmp"} {
		for port := range ports {
			for a, valid := range addrs {
				if valid {
					all = append(all, point{protocol, port, a})
				}
			}
		}
	}
	return all
}

func end(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < p.Addr().BitLen(); i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b)
	return a
}

// random makes rules of few networks and ports, so that they meet.
func random(rnd *rand.Rand) (all []exposure.Rule) {
	pick := func(of ...string) string { return of[rnd.IntN(len(of))] }
	for range rnd.IntN(5) {
		r := exposure.Rule{
			Deny: rnd.IntN(5) < 2, Protocol: pick("tcp", "tcp", "tcp", "udp", "icmp"),
			Ports: exposure.AllPorts(),
		}
		if from := 20 + rnd.IntN(4); r.Protocol != "icmp" && rnd.IntN(4) > 0 {
			r.Ports = exposure.Ports{From: from, To: from + rnd.IntN(3)}
		}
		for range rnd.IntN(4) {
			s := pick("0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "192.0.2.0/24", "192.0.2.0/25", "192.0.2.128/25", "192.0.2.7",
				"::/0", "::/1", "8000::/1", "2001:db8::/32", "2001:db8::7")
			p, _ := exposure.ParseSource(s)
			r.Sources = append(r.Sources, p)
		}
		all = append(all, r)
	}
	return all
}

// TestOpeningsAreWhatCanBeReachedAnew holds Openings against every kind of address and port, asked one by one.
func TestOpeningsAreWhatCanBeReachedAnew(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	openedSets := 0
	for round := range 3000 {
		before, after := random(rnd), random(rnd)
		if rnd.IntN(2) == 0 { // most changes leave most rules as they are
			after = append(append([]exposure.Rule{}, before...), after[:min(1, len(after))]...)
			if i := rnd.IntN(len(after) + 1); i < len(after) {
				after[i].Deny = !after[i].Deny
			}
		}
		got := exposure.Openings(before, after)
		shuffled := append([]exposure.Rule{}, after...)
		rnd.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if d := cmp.Diff(got, exposure.Openings(before, shuffled),
			cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); d != "" {
			t.Fatalf("round %d: the order of rules counts:\n%v\n%v\n%s", round, before, after, d)
		}
		all := points(append(append([]exposure.Rule{}, before...), after...))
		used := make([]bool, len(got))
		for _, p := range all {
			now := allowed(after, p, all)
			opened := now && (!allowed(before, p, all) || (denied(before, p) && !denied(after, p)))
			told := false
			for i, o := range got {
				if p.meets(exposure.Rule{Protocol: o.Protocol, Ports: o.Ports, Sources: o.Sources}) {
					told, used[i] = true, used[i] || opened
				}
			}
			if opened && !told {
				t.Fatalf("round %d: %v is let in and not told:\nbefore %v\nafter  %v\ngot    %v", round, p, before, after, got)
			}
		}
		for i, o := range got {
			openedSets++
			if !used[i] {
				t.Fatalf("round %d: %v opens nothing:\nbefore %v\nafter  %v", round, o, before, after)
			}
		}
	}
	if openedSets < 500 {
		t.Errorf("only %d openings: the rules are too tame to tell anything", openedSets)
	}
}

// BenchmarkOpenings is a firewall of 50 rules of 50 networks each, one of which denies, that opens at one of them.
func BenchmarkOpenings(b *testing.B) {
	var before []exposure.Rule
	for i := range 50 {
		r := exposure.Rule{Deny: i == 0, Protocol: "tcp", Ports: exposure.Ports{From: 1000 * i, To: 1000*i + 1500}}
		for n := range 50 {
			r.Sources = append(r.Sources, netip.PrefixFrom(netip.AddrFrom4([4]byte{198, byte(i), byte(n), 0}), 24))
		}
		before = append(before, r)
	}
	after := append([]exposure.Rule{{
		Protocol: "tcp", Ports: exposure.AllPorts(),
		Sources: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")},
	}}, before...)
	for b.Loop() {
		if got := exposure.Openings(before, after); len(got) == 0 {
			b.Fatal("nothing opened")
		}
	}
}
