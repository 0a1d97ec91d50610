// Command fault_proxy stands before a registry and does to its requests what networks do. It writes to LOG, once a
// second, how many requests it has seen, how many it has spoilt and how many bytes of answers it has passed on.
//
//	fault_proxy LISTEN TARGET LOG random SHARE SEED    spoils that share of all requests (0.3)
//	fault_proxy LISTEN TARGET LOG cut BYTES TIMES      cuts answers with a blob after so many bytes, so many times
package main

import (
	"fmt"
	"io"
	"log"
	"math/rand"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

type proxy struct {
	reverse  *httputil.ReverseProxy
	mutex    sync.Mutex
	random   *rand.Rand
	share    float64
	cut      int64
	cuts     atomic.Int64 // that are left
	requests atomic.Int64
	spoilt   atomic.Int64
	bytes    atomic.Int64
}

// cutter passes on an answer's body until it has passed on enough, and then drops the connection.
type cutter struct {
	http.ResponseWriter
	p    *proxy
	left int64 // negative: all of it
}

func (c *cutter) Write(data []byte) (int, error) {
	if c.left >= 0 && int64(len(data)) > c.left {
		n, _ := c.ResponseWriter.Write(data[:c.left])
		c.p.bytes.Add(int64(n))
		if f, ok := c.ResponseWriter.(http.Flusher); ok {
			f.Flush()
		}
		panic(http.ErrAbortHandler)
	}
	n, err := c.ResponseWriter.Write(data)
	c.p.bytes.Add(int64(n))
	if c.left >= 0 {
		c.left -= int64(n)
	}
	return n, err
}

func (p *proxy) roll() (bool, int) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.random.Float64() < p.share, p.random.Intn(8)
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	p.requests.Add(1)
	if p.cut > 0 {
		whole := &cutter{w, p, -1}
		if q.Method == "GET" && strings.Contains(q.URL.Path, "/blobs/sha256:") && p.cuts.Add(-1) >= 0 {
			p.spoilt.Add(1)
			whole.left = p.cut
		}
		p.reverse.ServeHTTP(whole, q)
		return
	}
	spoil, how := p.roll()
	if !spoil {
		p.reverse.ServeHTTP(&cutter{w, p, -1}, q)
		return
	}
	p.spoilt.Add(1)
	switch how {
	case 0: // no answer at all
	case 1:
		http.Error(w, "spoilt", http.StatusInternalServerError)
		return
	case 2:
		http.Error(w, "<html>bad gateway", http.StatusBadGateway)
		return
	case 3:
		w.Header().Set("Retry-After", "0")
		http.Error(w, `{"errors":[{"code":"TOOMANYREQUESTS","message":"spoilt"}]}`, http.StatusTooManyRequests)
		return
	case 4: // half of the request arrives
		io.CopyN(io.Discard, q.Body, q.ContentLength/2)
	case 5, 6: // it is done, and the answer is lost
		p.reverse.ServeHTTP(httptest.NewRecorder(), q)
	case 7: // the answer is cut
		p.reverse.ServeHTTP(&cutter{w, p, int64(how) * 37}, q)
		return
	}
	panic(http.ErrAbortHandler)
}

func (p *proxy) count(file string) {
	for range time.Tick(time.Second / 5) {
		line := fmt.Sprintf("%d %d %d\n", p.requests.Load(), p.spoilt.Load(), p.bytes.Load())
		os.WriteFile(file, []byte(line), 0o644)
	}
}

func number(text string) float64 {
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func main() {
	listen, target, file, mode := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	p := &proxy{random: rand.New(rand.NewSource(1))}
	p.reverse = httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: target})
	p.reverse.ErrorLog = log.New(io.Discard, "", 0)
	switch mode {
	case "random":
		p.share = number(os.Args[5])
		p.random = rand.New(rand.NewSource(int64(number(os.Args[6]))))
	case "cut":
		p.cut = int64(number(os.Args[5]))
		p.cuts.Store(int64(number(os.Args[6])))
	}
	go p.count(file)
	server := &http.Server{Addr: listen, Handler: p, ErrorLog: log.New(io.Discard, "", 0)}
	log.Fatal(server.ListenAndServe())
}
