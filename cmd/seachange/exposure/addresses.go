package exposure

import (
	"math"
	"net/netip"
	"sync"

	"go4.org/netipx"
)

// ParseSource reads an address or a network. What else may stand among a rule's sources is not the internet. An IPv4
// address in IPv6's clothes is the IPv4 one, so that it is compared with others of its kind.
func ParseSource(s string) (netip.Prefix, bool) {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		a, err := netip.ParseAddr(s)
		if err != nil {
			return netip.Prefix{}, false
		}
		p = netip.PrefixFrom(a.WithZone(""), a.BitLen())
	}
	if a := p.Addr(); a.Is4In6() && p.Bits() >= mapped {
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-mapped)
	}
	return p.Masked(), true
}

// mapped is how many bits of an IPv6 address say that it stands for an IPv4 one.
const mapped = 96

// internet returns everyone, by IPv4 and by IPv6: the addresses that can be somebody's out there. A rule for all of
// these is for the world, even if it leaves out what nobody has.
var internet = sync.OnceValue(func() []*netipx.IPSet {
	var v4 netipx.IPSetBuilder
	v4.AddPrefix(netip.MustParsePrefix("0.0.0.0/0"))
	for _, private := range []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
		"198.18.0.0/15", "224.0.0.0/3",
	} {
		v4.RemovePrefix(netip.MustParsePrefix(private))
	}
	return []*netipx.IPSet{built(&v4), set(netip.MustParsePrefix("2000::/3"))}
})

func set(prefixes ...netip.Prefix) *netipx.IPSet {
	var b netipx.IPSetBuilder
	for _, p := range prefixes {
		b.AddPrefix(p)
	}
	return built(&b)
}

func union(a, b *netipx.IPSet) *netipx.IPSet {
	var s netipx.IPSetBuilder
	s.AddSet(a)
	s.AddSet(b)
	return built(&s)
}

func minus(a, b *netipx.IPSet) *netipx.IPSet {
	var s netipx.IPSetBuilder
	s.AddSet(a)
	s.RemoveSet(b)
	return built(&s)
}

func intersection(a, b *netipx.IPSet) *netipx.IPSet {
	var s netipx.IPSetBuilder
	s.AddSet(a)
	s.Intersect(b)
	return built(&s)
}

func covers(a, b *netipx.IPSet) bool { return empty(minus(b, a)) }

func empty(a *netipx.IPSet) bool { return len(a.Ranges()) == 0 }

// size is how many addresses there are; of IPv6, how many networks of 64 bits, of which a customer has one. Counted
// by address, any IPv6 network would outweigh all of IPv4. It is a float, as it is only shown and compared.
func size(a *netipx.IPSet) (n float64) {
	for _, p := range a.Prefixes() {
		n += math.Exp2(float64(max(0, min(p.Addr().BitLen(), 64)-p.Bits())))
	}
	return n
}

// built ends a builder. It fails on prefixes that are none, and there are none of these here.
func built(b *netipx.IPSetBuilder) *netipx.IPSet {
	s, err := b.IPSet()
	if err != nil {
		panic(err)
	}
	return s
}
