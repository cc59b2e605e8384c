package embedded

import (
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net"
)

// maxRequest is the size of a request that is taken, in bytes: Kafka's own default, more than any client sends by
// itself.
const maxRequest = 100 << 20

// listener gives out connections on which a request's size is looked at before kfake makes room for it: what speaks
// another protocol would cost a gigabyte, as "GET " is a size, too.
type listener struct {
	net.Listener
	log *slog.Logger
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, log: l.log}, nil
}

// conn reads requests: four bytes of size, and so many bytes.
type conn struct {
	net.Conn
	log  *slog.Logger
	size [4]byte
	head []byte // of size, what was not handed on yet
	left uint32 // of the request
}

var errTooLarge = errors.New("request is too large")

// Read implements net.Conn.
func (c *conn) Read(p []byte) (int, error) {
	if len(c.head) == 0 && c.left == 0 {
		if _, err := io.ReadFull(c.Conn, c.size[:]); err != nil {
			return 0, err
		}
		c.head, c.left = c.size[:], binary.BigEndian.Uint32(c.size[:])
		if c.left > maxRequest {
			c.log.Warn("refused a request that is too large, or isn't Kafka's: its connection is closed",
				"from", c.RemoteAddr(), "bytes", c.left, "most", maxRequest)
			return 0, errTooLarge
		}
	}
	if len(c.head) > 0 {
		n := copy(p, c.head)
		c.head = c.head[n:]
		return n, nil
	}
	n, err := c.Conn.Read(p[:min(len(p), int(c.left))])
	c.left -= uint32(n)
	return n, err
}
