// Command faulty_proxy stands before a registry that works, and does one thing wrong:
//
//	faulty_proxy ADDRESS REGISTRY refuse STATUS CODE   refuses manifests with a subject or an artifact type
//	faulty_proxy ADDRESS REGISTRY move TAG OTHER       after the first request for TAG, it is what OTHER is
//	faulty_proxy ADDRESS REGISTRY readonly             takes nothing
//	faulty_proxy ADDRESS REGISTRY mute                 takes requests and never answers
//	faulty_proxy ADDRESS REGISTRY slow RATE            sends blobs that slowly, in bytes per second
//	faulty_proxy ADDRESS REGISTRY stall BYTES          sends so much of a blob, and then nothing
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

func main() {
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: os.Args[2]})
	var handler http.HandlerFunc
	switch os.Args[3] {
	case "refuse":
		handler = refusing(proxy, number(os.Args[4]), os.Args[5])
	case "move":
		handler = moving(proxy, "/manifests/"+os.Args[4], "/manifests/"+os.Args[5])
	case "readonly":
		handler = readonly(proxy)
	case "mute":
		handler = func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	case "slow":
		handler = braking(proxy, number(os.Args[4]), 1<<62)
	case "stall":
		handler = braking(proxy, 1<<40, number(os.Args[4]))
	default:
		log.Fatal("no such fault: ", os.Args[3])
	}
	log.Fatal(http.ListenAndServe(os.Args[1], handler))
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	if err != nil {
		log.Fatal(err)
	}
	return value
}

// braking sends blobs at that rate, and no more of one than so many bytes.
func braking(proxy http.Handler, rate, most int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/blobs/") {
			w = &braked{w, rate, most, r.Context()}
		}
		proxy.ServeHTTP(w, r)
	}
}

type braked struct {
	http.ResponseWriter
	rate, left int
	request    context.Context
}

func (b *braked) Write(data []byte) (int, error) {
	if len(data) > b.left {
		b.ResponseWriter.Write(data[:b.left])
		http.NewResponseController(b.ResponseWriter).Flush()
		<-b.request.Done()
		return 0, b.request.Err()
	}
	b.left -= len(data)
	time.Sleep(time.Duration(len(data)) * time.Second / time.Duration(b.rate))
	return b.ResponseWriter.Write(data)
}

func refusing(proxy http.Handler, status int, code string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPut || !strings.Contains(r.URL.Path, "/manifests/") {
			proxy.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(io.LimitReader(r.Body, 4<<20))
		var manifest struct {
			Subject      *json.RawMessage
			ArtifactType string
		}
		if err != nil || json.Unmarshal(body, &manifest) != nil {
			http.Error(w, "no manifest", http.StatusBadRequest)
			return
		}
		if manifest.Subject != nil || manifest.ArtifactType != "" {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"errors":[{"code":%q,"message":"artifacts are not taken here"}]}`, code)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		proxy.ServeHTTP(w, r)
	}
}

func moving(proxy http.Handler, tag, other string) http.HandlerFunc {
	var asked atomic.Int32
	return func(w http.ResponseWriter, r *http.Request) {
		if prefix, found := strings.CutSuffix(r.URL.Path, tag); found && asked.Add(1) > 1 {
			r.URL.Path = prefix + other
		}
		proxy.ServeHTTP(w, r)
	}
}

func readonly(proxy http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusMethodNotAllowed)
			fmt.Fprint(w, `{"errors":[{"code":"UNSUPPORTED","message":"this registry may only be read"}]}`)
			return
		}
		proxy.ServeHTTP(w, r)
	}
}
