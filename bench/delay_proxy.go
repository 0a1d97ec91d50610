// Command delay_proxy passes TCP connections on and holds every byte back for a while, in both directions: a network
// with a round trip of 2 × DELAY, where the kernel has no netem. The handshake itself is not delayed.
// delay_proxy LISTEN TARGET DELAY [FILE]: FILE has how many bytes were passed on by the connections that are closed.
package main

import (
	"io"
	"log"
	"net"
	"os"
	"strconv"
	"sync"
	"time"
)

type chunk struct {
	due  time.Time
	data []byte
}

// What was passed on, by all connections.
type total struct {
	sync.Mutex
	bytes int
	file  string
}

func (t *total) add(n int) {
	if t.file == "" {
		return
	}
	t.Lock()
	defer t.Unlock()
	t.bytes += n
	if err := os.WriteFile(t.file, []byte(strconv.Itoa(t.bytes)+"\n"), 0o644); err != nil {
		log.Fatal(err)
	}
}

func pass(from, to net.Conn, delay time.Duration, passed *total) {
	sum := 0
	defer func() { passed.add(sum) }()
	queue := make(chan chunk, 4096)
	go func() {
		defer close(queue)
		for {
			buffer := make([]byte, 64<<10)
			n, err := from.Read(buffer)
			if n > 0 {
				queue <- chunk{time.Now().Add(delay), buffer[:n]}
			}
			if err != nil {
				return
			}
		}
	}()
	for c := range queue {
		time.Sleep(time.Until(c.due))
		sum += len(c.data)
		if _, err := to.Write(c.data); err != nil {
			break
		}
	}
	time.Sleep(delay)
	if half, ok := to.(interface{ CloseWrite() error }); ok {
		half.CloseWrite()
	}
	io.Copy(io.Discard, chanReader{queue})
}

type chanReader struct{ queue chan chunk }

func (r chanReader) Read([]byte) (int, error) {
	if _, ok := <-r.queue; !ok {
		return 0, io.EOF
	}
	return 0, nil
}

func main() {
	delay, err := time.ParseDuration(os.Args[3])
	if err != nil {
		log.Fatal(err)
	}
	passed := &total{}
	if len(os.Args) > 4 {
		passed.file = os.Args[4]
	}
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	for {
		client, err := listener.Accept()
		if err != nil {
			log.Fatal(err)
		}
		go func() {
			server, err := net.Dial("tcp", os.Args[2])
			if err != nil {
				client.Close()
				return
			}
			go func() { pass(client, server, delay, passed) }()
			pass(server, client, delay, passed)
			client.Close()
		}()
	}
}
