// Command mirror serves what other web servers have: what it does not hold yet it fetches once and keeps. What it is
// asked for is written down, one path a line, and sent at RATE bytes a second in all (0: as fast as it goes).
// mirror LISTEN FOLDER LOG RATE NAME=URL…: /NAME/rest is URL/rest.
package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

type mirror struct {
	folder    string
	upstreams map[string]string
	rate      float64 // bytes a second

	mu   sync.Mutex // one fetch, and one line of the log, at a time
	log  io.Writer
	free time.Time // when the line is free again; guarded by mu
}

func (m *mirror) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, status, err := m.file(r.URL.Path)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	if status != http.StatusOK {
		http.Error(w, "not here", status)
		return
	}
	http.ServeFile(&slowWriter{w, m}, r, path)
}

// file gives what is kept for a path of ours, fetched if need be. An answer other than 200 is not kept.
func (m *mirror) file(asked string) (string, int, error) {
	name, rest, _ := strings.Cut(strings.TrimPrefix(asked, "/"), "/")
	upstream, known := m.upstreams[name]
	if !known {
		return "", http.StatusNotFound, nil
	}
	path := filepath.Join(m.folder, fmt.Sprintf("%x", sha256.Sum256([]byte(asked))))
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := os.Stat(path); err != nil {
		response, err := http.Get(strings.TrimSuffix(upstream, "/") + "/" + rest)
		if err != nil {
			return "", 0, err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return "", response.StatusCode, nil
		}
		if err := keep(path, response.Body); err != nil {
			return "", 0, err
		}
	}
	fmt.Fprintln(m.log, asked)
	return path, http.StatusOK, nil
}

func keep(path string, body io.Reader) error {
	file, err := os.Create(path + ".part")
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := io.Copy(file, body); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

// slowWriter shares one line among all answers.
type slowWriter struct {
	http.ResponseWriter
	m *mirror
}

func (s *slowWriter) Write(data []byte) (int, error) {
	if s.m.rate > 0 {
		s.m.mu.Lock()
		if now := time.Now(); s.m.free.Before(now) {
			s.m.free = now
		}
		s.m.free = s.m.free.Add(time.Duration(float64(len(data)) / s.m.rate * float64(time.Second)))
		due := s.m.free
		s.m.mu.Unlock()
		time.Sleep(time.Until(due))
	}
	return s.ResponseWriter.Write(data)
}

func main() {
	rate, err := strconv.ParseFloat(os.Args[4], 64)
	if err != nil {
		log.Fatal(err)
	}
	requests, err := os.OpenFile(os.Args[3], os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		log.Fatal(err)
	}
	m := &mirror{folder: os.Args[2], upstreams: map[string]string{}, rate: rate, log: requests}
	for _, pair := range os.Args[5:] {
		name, url, _ := strings.Cut(pair, "=")
		m.upstreams[name] = url
	}
	log.Fatal(http.ListenAndServe(os.Args[1], m))
}
