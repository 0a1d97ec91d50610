// Command entry starts whittle in its own image. CI services hand over the login of a registry as variables; whittle
// reads files, as docker and podman do. So it first makes one of the other.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

const program = "/usr/bin/whittle"

func main() {
	if err := start(os.Args[1:], os.Environ()); err != nil {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		os.Exit(11) // this machine (docs/exit-codes.md)
	}
}

// start becomes whittle, or the program that a service names by its path or as its shell.
func start(arguments, environment []string) error {
	environment, err := withLogin(environment)
	if err != nil {
		return err
	}
	argv := append([]string{program}, arguments...)
	if len(arguments) > 0 && (arguments[0] == "sh" || strings.HasPrefix(arguments[0], "/")) {
		argv = arguments
	}
	path, err := exec.LookPath(argv[0])
	if err != nil {
		return err
	}
	if err := syscall.Exec(path, argv, environment); err != nil {
		return fmt.Errorf("starting %s: %w", path, err)
	}
	return nil
}

// withLogin writes the login of REGISTRY_USER at REGISTRY to a file that only this user can read, and names that file
// instead. Where there is none, or a file is named already, nothing changes.
func withLogin(environment []string) ([]string, error) {
	registry, user, password := os.Getenv("REGISTRY"), os.Getenv("REGISTRY_USER"), os.Getenv("REGISTRY_PASSWORD")
	if registry == "" || user == "" || os.Getenv("REGISTRY_AUTH_FILE") != "" {
		return environment, nil
	}
	type login struct {
		Username string `json:"username"`
		Password string `json:"password"`
	}
	text, err := json.Marshal(map[string]map[string]login{"auths": {registry: {user, password}}})
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "login")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(folder, "auth.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return nil, err
	}
	kept := []string{"REGISTRY_AUTH_FILE=" + file}
	for _, variable := range environment {
		if !strings.HasPrefix(variable, "REGISTRY_PASSWORD=") {
			kept = append(kept, variable)
		}
	}
	return kept, nil
}
