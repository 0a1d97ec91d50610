// Command referrers_registry is go-containerregistry's registry with the referrers API switched on, which no command
// of that module does. It serves on the address that it is given, from memory.
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/google/go-containerregistry/pkg/registry"
)

func main() {
	log.Fatal(http.ListenAndServe(os.Args[1], registry.New(registry.WithReferrersSupport(true))))
}
