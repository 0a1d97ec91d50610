// Command canary_registry is a registry whose every answer carries secrets, and which writes down every header and
// body that it gets. What it wants depends on the first part of a repository's name:
//
//	basic, bearer, signed, broken, hang, denied
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"os"
	"strings"
	"sync"
)

type blob struct {
	kind  string
	bytes []byte
}

type registry struct {
	sync.Mutex
	host  string
	seen  *os.File
	blobs map[string]blob // by digest, and manifests also by repository and tag
}

func digest(bytes []byte) string {
	sum := sha256.Sum256(bytes)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// allowed says whether a request may go on; if not, it has been answered.
func (r *registry) allowed(w http.ResponseWriter, q *http.Request, realm string) bool {
	got := q.Header.Get("Authorization")
	if realm == "basic" || realm == "broken" || realm == "signed" {
		if user, password, ok := q.BasicAuth(); ok && user == "user" && strings.HasPrefix(password, "canary") {
			fmt.Fprintln(r.seen, password)
			return true
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="canary"`)
	} else {
		if realm != "denied" && got == "Bearer canary7-token" {
			return true
		}
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="http://%s/token?state=canary8",service="s",scope="repository:%s:pull,push"`, r.host, strings.Join(strings.Split(q.URL.Path, "/")[2:4], "/")))
	}
	w.WriteHeader(http.StatusUnauthorized)
	return false
}

// token answers the token service's requests, by password or by refresh token.
func (r *registry) token(w http.ResponseWriter, q *http.Request) {
	if _, password, ok := q.BasicAuth(); ok {
		fmt.Fprintln(r.seen, password)
	}
	_ = q.ParseForm()
	fmt.Fprintln(r.seen, q.Form.Get("refresh_token"))
	fmt.Fprint(w, `{"token": "canary7-token", "access_token": "canary7-token", "refresh_token": "canary8-refresh", "expires_in": 300}`)
}

func (r *registry) serve(w http.ResponseWriter, q *http.Request) {
	r.Lock()
	defer r.Unlock()
	if dump, err := httputil.DumpRequest(q, false); err == nil {
		r.seen.Write(dump)
	}
	w.Header().Set("Set-Cookie", "session=canary9; Path=/")
	if q.Method == http.MethodConnect { // it is asked as a proxy, too
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	}
	if q.URL.Path == "/token" {
		r.token(w, q)
		return
	}
	parts := strings.Split(strings.TrimPrefix(q.URL.Path, "/v2/"), "/")
	if len(parts) < 4 {
		w.WriteHeader(http.StatusOK)
		return
	}
	realm, repository, rest := parts[0], parts[0]+"/"+parts[1], parts[3]
	if realm == "hang" {
		r.Unlock()
		<-q.Context().Done()
		r.Lock()
		return
	}
	if !r.allowed(w, q, realm) {
		return
	}
	if realm == "broken" {
		w.WriteHeader(http.StatusNotImplemented)
		fmt.Fprint(w, `{"errors": [{"code": "UNKNOWN", "message": "it broke"}]}`)
		return
	}
	body, _ := io.ReadAll(q.Body)
	switch {
	case parts[2] == "manifests" && q.Method == "PUT":
		kept := blob{q.Header.Get("Content-Type"), body}
		r.blobs[repository+":"+rest] = kept
		r.blobs[digest(body)] = kept
		w.WriteHeader(http.StatusCreated)
	case parts[2] == "blobs" && q.Method == "POST":
		w.Header().Set("Location", "/v2/"+repository+"/blobs/uploads/session?state=canary8")
		w.WriteHeader(http.StatusAccepted)
	case parts[2] == "blobs" && q.Method == "PUT":
		r.blobs[digest(body)] = blob{"application/octet-stream", body}
		w.WriteHeader(http.StatusCreated)
	default:
		r.get(w, q, realm, repository, rest)
	}
}

func (r *registry) get(w http.ResponseWriter, q *http.Request, realm, repository, name string) {
	found, ok := r.blobs[name]
	if !ok {
		found, ok = r.blobs[repository+":"+name]
	}
	if realm == "signed" && !ok { // what `basic` has
		found, ok = r.blobs["basic/image:"+name]
	}
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	if realm == "signed" && found.kind == "application/octet-stream" && q.URL.RawQuery == "" {
		w.Header().Set("Location", q.URL.Path+"?signature=canary8")
		w.WriteHeader(http.StatusTemporaryRedirect)
		return
	}
	w.Header().Set("Content-Type", found.kind)
	w.Header().Set("Docker-Content-Digest", digest(found.bytes))
	w.Header().Set("Content-Length", fmt.Sprint(len(found.bytes)))
	if q.Method != "HEAD" {
		w.Write(found.bytes)
	}
}

func main() {
	seen, err := os.Create(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	port := os.Args[1][strings.LastIndex(os.Args[1], ":")+1:]
	r := &registry{host: "localhost:" + port, seen: seen, blobs: map[string]blob{}}
	log.Fatal(http.ListenAndServe(os.Args[1], http.HandlerFunc(r.serve)))
}
