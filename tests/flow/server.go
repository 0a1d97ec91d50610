// Command server is a registry that misbehaves: server ADDRESS MODE.
package main

import (
	"fmt"
	"net/http"
	"os"
)

func main() {
	handler, ok := modes[os.Args[2]]
	if !ok {
		fmt.Fprintln(os.Stderr, "no such mode:", os.Args[2])
		os.Exit(2)
	}
	fmt.Fprintln(os.Stderr, http.ListenAndServe(os.Args[1], http.HandlerFunc(handler)))
	os.Exit(1)
}

var modes = map[string]http.HandlerFunc{
	// A captive portal: everything is a fine page.
	"html": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintln(w, "<html><body>Please log in to the hotel's network.</body></html>")
	},
	// A registry that denies everything in the protocol's own words.
	"deny": func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusForbidden, "DENIED", "requested access to the resource is denied")
	},
	// A registry that has no room.
	"broken": func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusBadRequest, "UNSUPPORTED", "this registry is read-only")
	},
	// A registry that takes a request and never answers.
	"hang": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"errors":[{"code":%q,"message":%q}]}`, code, message)
}
