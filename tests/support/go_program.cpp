#include "tests/support/go_program.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <stdexcept>

#include "common/subprocess.hpp"

namespace whittle::test {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(std::string(path == nullptr ? "" : path) + ":/usr/local/go/bin");
  for (std::string folder; std::getline(folders, folder, ':');)
    if (std::error_code ignored; fs::exists(fs::path(folder) / name, ignored)) return fs::path(folder) / name;
  return std::nullopt;
}

std::string file_contents(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_text(const fs::path& path, std::string_view text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

constexpr std::string_view main_go = R"(package main

import (
	"fmt"
	"os"

	"example.com/my.shop/gen"
	v2 "example.com/my.shop/v.2"
	"example.com/text"
)

var version = "v0.0.0"

type cart struct{ name string }

//go:noinline
func (c *cart) Add(names ...string) func() string {
	return func() string { return c.name + fmt.Sprint(names) }
}

func main() {
	squares := gen.Map([]int{len(os.Args)}, func(i int) int { return i * i })
	fmt.Println(version, gen.Stamp(), squares, (&cart{"c"}).Add(os.Args...)(), v2.Do(), text.Upper("a"))
}
)";

constexpr std::string_view gen_go = R"(package gen

const stamp = "2026-11-28T07:00:00Z"

type Stack[T any] struct{ items []T }

//go:noinline
func (s *Stack[T]) Push(item T) { s.items = append(s.items, item) }

//go:noinline
func Map[T any](in []T, f func(T) T) []T {
	var s Stack[T]
	for _, item := range in {
		s.Push(f(item))
	}
	return s.items
}

//go:noinline
func Stamp() string { return stamp }
)";

}  // namespace

bool GoProgram::available() {
  return find_program("go").has_value();
}

GoProgram::GoProgram() {
  write("go.mod",
        "module example.com/my.shop\n\ngo 1.21\n\nrequire example.com/text v1.0.0\n\n"
        "replace example.com/text => ../text\n");
  write("main.go", main_go);
  write("gen/gen.go", gen_go);
  write("v.2/do.go", "package v2\n\n//go:noinline\nfunc Do() int { return 2 }\n");
  write("tagged.go", "//go:build extra\n\npackage main\n\nfunc init() { version += \"+extra\" }\n");
  write_text(dependency() / "go.mod", "module example.com/text\n\ngo 1.21\n");
  write_text(dependency() / "text.go",
             "package text\n\nimport \"strings\"\n\n//go:noinline\nfunc Upper(s string) string { return "
             "strings.ToUpper(s) }\n");
}

void GoProgram::write(const fs::path& name, std::string_view text) const {
  write_text(folder() / name, text);
}

void GoProgram::replace(const fs::path& name, std::string_view from, std::string_view to) const {
  auto text = file_contents(folder() / name);
  const auto at = text.find(from);
  if (at == std::string::npos || text.find(from, at + 1) != std::string::npos)
    throw std::runtime_error(std::string(from) + " does not stand once in " + name.string());
  write(name, text.replace(at, from.size(), to));
}

void GoProgram::run(const std::vector<std::string>& arguments,
                    const std::vector<std::string>& environment) const {
  const auto program = find_program(arguments.at(0));
  if (!program) throw std::runtime_error("there is no " + arguments[0]);
  Command command{arguments, environment, folder()};
  command.argv[0] = *program;
  for (const char* name : {"PATH", "HOME", "GOCACHE"})
    if (const char* value = std::getenv(name)) command.environment.push_back(std::string(name) + "=" + value);
  for (const char* fixed :
       {"GOFLAGS=-mod=mod", "GOPROXY=off", "GOSUMDB=off", "GOTOOLCHAIN=local", "GOWORK=off", "GOENV=off",
        "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com",
        "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com"})
    command.environment.emplace_back(fixed);
  const auto outcome = whittle::run(command, {});
  if (!outcome.succeeded()) throw std::runtime_error(arguments[0] + ": " + outcome.errors + outcome.output);
}

std::string GoProgram::build(const std::vector<std::string>& more_flags,
                             const std::vector<std::string>& environment) const {
  std::vector<std::string> flags = {"-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid="};
  flags.insert(flags.end(), more_flags.begin(), more_flags.end());
  return build_plain(flags, environment);
}

std::string GoProgram::build_plain(const std::vector<std::string>& flags,
                                   const std::vector<std::string>& environment) const {
  const auto out = folder_.path() / "out";
  std::vector<std::string> command = {"go", "build", "-o", out};
  command.insert(command.end(), flags.begin(), flags.end());
  command.emplace_back(".");
  auto all = environment;
  const auto has_cgo = [](const std::string& value) { return value.starts_with("CGO_ENABLED="); };
  if (std::none_of(all.begin(), all.end(), has_cgo)) all.emplace_back("CGO_ENABLED=0");
  run(command, all);
  return file_contents(out);
}

}  // namespace whittle::test
