package diff

import (
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// What the first bodies of a resource make is the dictionary for the others: records of one kind are much alike.
const (
	dictBodies = 32
	dictBytes  = 64 << 10
	dictID     = 1
)

// Pack is what the states of one resource in one account share: it compresses their bodies. Not for two goroutines.
type Pack struct {
	first  []byte // the first bodies, joined
	bodies int
	dict   []byte // first, once there are enough
	// An encoder holds a megabyte, and most packs rest most of the time: what rests is collected.
	encoders, decoders sync.Pool
	known              map[string]bool // paths that DigitalOcean's document has
}

// NewPack makes an empty one.
func NewPack() *Pack { return &Pack{known: map[string]bool{}} }

// pack compresses a body. Nil becomes "".
func (p *Pack) pack(body []byte) string {
	if body == nil {
		return ""
	}
	enc, _ := p.encoders.Get().(*zstd.Encoder)
	if enc == nil {
		enc = p.encoder()
	}
	defer p.encoders.Put(enc)
	packed := string(enc.EncodeAll(body, nil))
	p.learn(body)
	return packed
}

// unpack is the way back. "" becomes nil.
func (p *Pack) unpack(packed string) []byte {
	if packed == "" {
		return nil
	}
	dec, _ := p.decoders.Get().(*zstd.Decoder)
	if dec == nil {
		dec = p.decoder()
	}
	defer p.decoders.Put(dec)
	body, err := dec.DecodeAll([]byte(packed), nil)
	if err != nil {
		panic(fmt.Sprintf("body in memory is broken: %v", err)) // only what pack made comes here
	}
	return body
}

// learn makes the dictionary of the first bodies. What was packed before is read without it.
func (p *Pack) learn(body []byte) {
	if p.dict != nil {
		return
	}
	p.first = append(p.first, body[:min(len(body), dictBytes-len(p.first))]...)
	p.bodies++
	if p.bodies == dictBodies || len(p.first) == dictBytes {
		p.dict, p.first = p.first, nil
		p.encoders, p.decoders = sync.Pool{}, sync.Pool{}
	}
}

func (p *Pack) encoder() *zstd.Encoder {
	opts := []zstd.EOption{
		zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true),
		zstd.WithWindowSize(128 << 10), zstd.WithSingleSegment(true), zstd.WithEncoderCRC(false),
	}
	if p.dict != nil {
		opts = append(opts, zstd.WithEncoderDictRaw(dictID, p.dict))
	}
	enc, err := zstd.NewWriter(nil, opts...)
	if err != nil {
		panic(err) // the options are ours
	}
	return enc
}

func (p *Pack) decoder() *zstd.Decoder {
	opts := []zstd.DOption{zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true)}
	if p.dict != nil {
		opts = append(opts, zstd.WithDecoderDictRaw(dictID, p.dict))
	}
	dec, err := zstd.NewReader(nil, opts...)
	if err != nil {
		panic(err) // the options are ours
	}
	return dec
}
