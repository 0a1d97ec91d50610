#include "optimizer/trial_programs.hpp"

namespace whittle::optimizer {

const std::string_view relay_source =
    R"go(// Runs a tool of Go's for the go command (-toolexec), the linker that lies beside it instead of Go's own. What
// that prints goes to a file there: go would collect it.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

func main() {
	arguments := os.Args[1:]
	if filepath.Base(arguments[0]) == "link" && !asksForVersion(arguments) {
		self, err := os.Executable()
		check(err)
		folder := filepath.Dir(self)
		arguments[0] = filepath.Join(folder, "link")
		file, err := os.Create(filepath.Join(folder, "marks"))
		check(err)
		check(syscall.Dup3(int(file.Fd()), 1, 0))
	}
	check(syscall.Exec(arguments[0], arguments, os.Environ()))
}

func asksForVersion(arguments []string) bool { return len(arguments) == 2 && arguments[1] == "-V=full" }

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "relay:", err)
		os.Exit(1)
	}
}
)go";

}  // namespace whittle::optimizer
