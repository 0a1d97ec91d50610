#include "builder/dockerfile_knowledge.hpp"

#include <algorithm>
#include <array>

#include "builder/holds.hpp"

namespace whittle::builder {
namespace {

constexpr std::string_view nothing_runs = "whittle runs no commands";
constexpr std::string_view makes_files =
    "whittle runs no commands: do it before `whittle build`, and list what the image needs of it under "
    "`files`";
constexpr std::string_view generates =
    "whittle runs no generators: generate before `whittle build`, or commit what is generated";
constexpr std::string_view front_end =
    "whittle builds no front end: build it before `whittle build`, so that what is embedded or listed under "
    "`files` is there";
constexpr std::string_view checks = "tests and checks belong into CI, before `whittle build`";
constexpr std::string_view shows = "it only shows or checks something";
constexpr std::string_view fetches =
    "nothing is fetched: keep the file among the sources and list it under `files`";
constexpr std::string_view build_tool = "whittle brings what it compiles with";

struct Row {
  std::string_view name;
  std::string_view word;  // "" for any
  KnownCommand known;
};

constexpr std::array<Row, 68> commands = {{
    {"go", "mod", {Fate::not_needed, "go fetches modules while it compiles"}},
    {"go", "get", {Fate::not_translated, "`go get` changes go.mod: run it before and commit the result"}},
    {"go", "generate", {Fate::not_translated, generates}},
    {"go", "test", {Fate::not_needed, checks}},
    {"go", "vet", {Fate::not_needed, checks}},
    {"go", "fmt", {Fate::not_needed, checks}},
    {"go", "clean", {Fate::not_needed, shows}},
    {"go", "list", {Fate::not_needed, shows}},
    {"go", "version", {Fate::not_needed, shows}},
    {"go",
     "env",
     {Fate::not_needed, "whittle passes GOPROXY, GOPRIVATE and the like from its own environment"}},
    {"go", "work", {Fate::not_needed, "a go.work that is there is used"}},
    {"go", "run", {Fate::not_translated, generates}},
    {"go", "tool", {Fate::not_translated, generates}},
    {"gofmt", "", {Fate::not_needed, checks}},
    {"golangci-lint", "", {Fate::not_needed, checks}},
    {"staticcheck", "", {Fate::not_needed, checks}},
    {"govulncheck", "", {Fate::not_needed, checks}},
    {"gosec", "", {Fate::not_needed, checks}},
    {"gotestsum", "", {Fate::not_needed, checks}},
    {"upx",
     "",
     {Fate::not_translated,
      "packed programs are refused: nobody can verify what is in them, their pages are not shared between "
      "processes, "
      "and whittle's gate turns them away. A compressed layer is as small to pull"}},
    {"strip", "", {Fate::not_needed, "profile small links without symbols"}},
    {"protoc", "", {Fate::not_translated, generates}},
    {"buf", "", {Fate::not_translated, generates}},
    {"sqlc", "", {Fate::not_translated, generates}},
    {"templ", "", {Fate::not_translated, generates}},
    {"swag", "", {Fate::not_translated, generates}},
    {"wire", "", {Fate::not_translated, generates}},
    {"mockgen", "", {Fate::not_translated, generates}},
    {"npm", "", {Fate::not_translated, front_end}},
    {"npx", "", {Fate::not_translated, front_end}},
    {"yarn", "", {Fate::not_translated, front_end}},
    {"pnpm", "", {Fate::not_translated, front_end}},
    {"node", "", {Fate::not_translated, front_end}},
    {"bun", "", {Fate::not_translated, front_end}},
    {"corepack", "", {Fate::not_translated, front_end}},
    {"make",
     "",
     {Fate::not_translated,
      "makefiles are not read: what it compiles is found by name; move its flags and tags into the spec, and "
      "other steps before `whittle build`"}},
    {"task",
     "",
     {Fate::not_translated,
      "task files are not read: move its flags and tags into the spec, and other steps before `whittle "
      "build`"}},
    {"mage",
     "",
     {Fate::not_translated,
      "mage files are not read: move its flags and tags into the spec, and other steps before `whittle "
      "build`"}},
    {"just",
     "",
     {Fate::not_translated,
      "just files are not read: move its flags and tags into the spec, and other steps before `whittle "
      "build`"}},
    {"goreleaser",
     "",
     {Fate::not_translated, "its configuration is not read: move its flags and tags into the spec"}},
    {"wget", "", {Fate::not_translated, fetches}},
    {"curl", "", {Fate::not_translated, fetches}},
    {"git",
     "config",
     {Fate::not_needed,
      "whittle passes GOPRIVATE, GONOSUMDB and git's own configuration through: set them where it runs"}},
    {"git",
     "clone",
     {Fate::not_translated, "whittle builds the module it is in: check the other one out before"}},
    {"git", "", {Fate::not_needed, shows}},
    {"echo", "", {Fate::not_needed, shows}},
    {"ls", "", {Fate::not_needed, shows}},
    {"cat", "", {Fate::not_needed, shows}},
    {"pwd", "", {Fate::not_needed, shows}},
    {"env", "", {Fate::not_needed, shows}},
    {"file", "", {Fate::not_needed, shows}},
    {"ldd", "", {Fate::not_needed, shows}},
    {"test", "", {Fate::not_needed, shows}},
    {"[", "", {Fate::not_needed, shows}},
    {"true", "", {Fate::not_needed, shows}},
    {":", "", {Fate::not_needed, shows}},
    {"which", "", {Fate::not_needed, shows}},
    {"set", "", {Fate::not_needed, nothing_runs}},
    {"rm", "", {Fate::not_needed, "only what the spec names comes into the image"}},
    {"sync", "", {Fate::not_needed, nothing_runs}},
    {"sleep", "", {Fate::not_needed, nothing_runs}},
    {"exit", "", {Fate::not_needed, nothing_runs}},
    {"update-ca-certificates", "", {Fate::not_needed, "base static has the bundle of CA certificates"}},
    {"ssh-keyscan",
     "",
     {Fate::not_needed, "git's and ssh's own configuration is used: whittle passes it through"}},
    {"tar", "", {Fate::not_translated, makes_files}},
    {"unzip", "", {Fate::not_translated, makes_files}},
    {"sed", "", {Fate::not_translated, makes_files}},
    {"setcap",
     "",
     {Fate::not_translated,
      "files in the image have no capabilities: containers let everybody listen below 1024 "
      "(net.ipv4.ip_unprivileged_port_start); else grant it when running"}},
}};

struct PackageRow {
  std::string_view name;
  KnownPackage known;
};

constexpr std::string_view in_static = "base static has it";
constexpr std::array<PackageRow, 30> packages = {{
    {"ca-certificates", {"ca-certificates", in_static}},
    {"ca-certificates-bundle", {"ca-certificates", in_static}},
    {"tzdata", {"tzdata", in_static}},
    {"mailcap", {"media-types", ""}},
    {"mime-support", {"media-types", ""}},
    {"media-types", {"media-types", ""}},
    {"iana-etc", {"netbase", ""}},
    {"netbase", {"netbase", ""}},
    {"shadow", {"", "users are part of the spec"}},
    {"shadow-utils", {"", "users are part of the spec"}},
    {"libcap", {"", "files in the image have no capabilities"}},
    {"libc6-compat", {"", "a static program needs no C library"}},
    {"gcompat", {"", "a static program needs no C library"}},
    {"musl", {"", "a static program needs no C library"}},
    {"libc6", {"", "a static program needs no C library"}},
    {"libgcc", {"", "a static program needs no C library"}},
    {"libstdc++", {"", "a static program needs no C library"}},
    {"tini", {"", "a Go program that starts no others needs no init; `docker run --init` adds one"}},
    {"dumb-init", {"", "a Go program that starts no others needs no init; `docker run --init` adds one"}},
    {"git", {"", build_tool}},
    {"make", {"", build_tool}},
    {"gcc", {"", build_tool}},
    {"g++", {"", build_tool}},
    {"musl-dev", {"", build_tool}},
    {"libc-dev", {"", build_tool}},
    {"build-base", {"", build_tool}},
    {"build-essential", {"", build_tool}},
    {"binutils", {"", build_tool}},
    {"upx", {"", build_tool}},
    {"golang", {"", build_tool}},
}};

constexpr std::array<PackageRow, 17> paths = {{
    {"/etc/ssl/certs", {"ca-certificates", in_static}},
    {"/etc/ssl/cert.pem", {"ca-certificates", in_static}},
    {"/etc/ssl", {"ca-certificates", in_static}},
    {"/etc/pki", {"ca-certificates", in_static}},
    {"/usr/share/ca-certificates", {"ca-certificates", in_static}},
    {"/etc/ca-certificates", {"ca-certificates", in_static}},
    {"/usr/share/zoneinfo", {"tzdata", in_static}},
    {"/usr/local/go/lib/time", {"tzdata", in_static}},
    {"/etc/localtime", {"tzdata", in_static}},
    {"/etc/mime.types", {"media-types", ""}},
    {"/etc/services", {"netbase", ""}},
    {"/etc/passwd", {"", "whittle writes the entry of the image's user"}},
    {"/etc/group", {"", "whittle writes the entry of the image's user"}},
    {"/etc/shadow", {"", "nobody logs in"}},
    {"/etc/nsswitch.conf", {"", "Go resolves names without it; base static has one"}},
    {"/lib", {"", "a static program needs no C library"}},
    {"/lib64", {"", "a static program needs no C library"}},
}};

std::string_view repository_of(std::string_view reference) {
  reference = reference.substr(0, reference.find('@'));
  const auto slash = reference.rfind('/');
  const auto colon = reference.rfind(':');
  return colon != std::string_view::npos && (slash == std::string_view::npos || colon > slash)
             ? reference.substr(0, colon)
             : reference;
}

std::string_view tag_of(std::string_view reference) {
  reference = reference.substr(0, reference.find('@'));
  const auto repository = repository_of(reference);
  return reference.size() > repository.size() ? reference.substr(repository.size() + 1) : std::string_view();
}

}  // namespace

BaseKind kind_of_base(std::string_view reference) {
  static constexpr std::array<std::string_view, 15> distributions = {
      "alpine", "debian",      "ubuntu",    "busybox",     "fedora",
      "centos", "rockylinux",  "almalinux", "amazonlinux", "archlinux",
      "photon", "ubi-minimal", "ubi-micro", "wolfi-base",  "bash"};
  static constexpr std::array<std::string_view, 6> front_ends = {"node", "bun",  "deno",
                                                                 "yarn", "pnpm", "nodejs"};
  if (reference == "scratch") return BaseKind::scratch;
  const auto repository = repository_of(reference);
  const auto last = repository.substr(repository.rfind('/') + 1);
  if (repository.find("distroless/") != std::string_view::npos ||
      repository.find("chainguard/") != std::string_view::npos) {
    const bool known = last.starts_with("static") || last.starts_with("base") || last.starts_with("cc") ||
                       last == "wolfi-base";
    if (last == "go") return BaseKind::go;
    if (!known) return BaseKind::other;
    return tag_of(reference).find("debug") != std::string_view::npos ? BaseKind::debug : BaseKind::fixed;
  }
  if (last == "golang" || last == "go-toolset" || last == "go") return BaseKind::go;
  if (holds(front_ends, last)) return BaseKind::front_end;
  const bool ubi = last.starts_with("ubi") && (last.ends_with("-minimal") || last.ends_with("-micro") ||
                                               last == "ubi" || last == "ubi8" || last == "ubi9");
  return ubi || holds(distributions, last) ? BaseKind::general : BaseKind::other;
}

bool is_nonroot_base(std::string_view reference) {
  return tag_of(reference).find("nonroot") != std::string_view::npos ||
         repository_of(reference).find("chainguard/") != std::string_view::npos;
}

std::optional<KnownPackage> known_package(std::string_view name) {
  name = name.substr(0, name.find_first_of("=<>~@"));
  for (const auto& row : packages)
    if (row.name == name) return row.known;
  return std::nullopt;
}

std::optional<KnownPackage> known_path(std::string_view path) {
  for (const auto& row : paths)
    if (path.starts_with(row.name) && (path.size() == row.name.size() || path[row.name.size()] == '/'))
      return row.known;
  return std::nullopt;
}

std::optional<KnownCommand> known_command(std::string_view name, std::string_view word) {
  name = name.substr(name.rfind('/') + 1);
  for (const auto& row : commands)
    if (row.name == name && (row.word.empty() || row.word == word)) return row.known;
  return std::nullopt;
}

}  // namespace whittle::builder
