// Command faulty_proxy stands before a registry that works, and does one thing wrong:
//
//	faulty_proxy ADDRESS REGISTRY refuse STATUS CODE   refuses manifests with a subject or an artifact type
//	faulty_proxy ADDRESS REGISTRY move TAG OTHER       after the first request for TAG, it is what OTHER is
//	faulty_proxy ADDRESS REGISTRY readonly             takes nothing
//	faulty_proxy ADDRESS REGISTRY mute                 takes requests and never answers
package main

import (
	"bytes"
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
)

func main() {
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: os.Args[2]})
	var handler http.HandlerFunc
	switch os.Args[3] {
	case "refuse":
		status, err := strconv.Atoi(os.Args[4])
		if err != nil {
			log.Fatal(err)
		}
		handler = refusing(proxy, status, os.Args[5])
	case "move":
		handler = moving(proxy, "/manifests/"+os.Args[4], "/manifests/"+os.Args[5])
	case "readonly":
		handler = readonly(proxy)
	case "mute":
		handler = func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	default:
		log.Fatal("no such fault: ", os.Args[3])
	}
	log.Fatal(http.ListenAndServe(os.Args[1], handler))
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
