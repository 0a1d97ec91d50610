#include "builder/git_query.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/error.hpp"

namespace whittle::builder {
namespace {

// Well below what a program may be started with (execve(2), "Limits on size of arguments").
constexpr std::size_t most_argument_bytes = 96 * 1024;

std::vector<std::string_view> split(std::string_view text, char end) {
  std::vector<std::string_view> pieces;
  while (!text.empty()) {
    const auto stop = std::min(text.find(end), text.size());
    pieces.push_back(text.substr(0, stop));
    text.remove_prefix(std::min(stop + 1, text.size()));
  }
  return pieces;
}

}  // namespace

GitQuery::GitQuery(const std::filesystem::path& objects, const std::string& id, std::filesystem::path program,
                   const std::filesystem::path& scratch, std::stop_token stop)
    : folder_(scratch), objects_(objects), program_(std::move(program)), stop_(std::move(stop)) {
  const auto& folder = folder_.path();
  const auto write = [&](const char* name, std::string_view text) {
    write_file(folder / name, text, AtomicFile::Durability::content);
  };
  make_directories(folder / "refs");
  make_directories(folder / "objects");
  write("HEAD", "ref: refs/heads/none\n");
  write("config", id.size() == 64 ? "[core]\n\trepositoryformatversion = 1\n\tbare = true\n"
                                    "[extensions]\n\tobjectformat = sha256\n"
                                  : "[core]\n\trepositoryformatversion = 0\n\tbare = true\n");
}

std::optional<std::string> GitQuery::ask(std::vector<std::string> arguments) const {
  Command command;
  command.argv = {program_.native(), "--no-replace-objects"};
  std::move(arguments.begin(), arguments.end(), std::back_inserter(command.argv));
  command.environment = {"GIT_DIR=" + folder_.path().native(),
                         "GIT_OBJECT_DIRECTORY=" + objects_.native(),
                         "GIT_CONFIG_NOSYSTEM=1",
                         "GIT_CONFIG_SYSTEM=/dev/null",
                         "GIT_CONFIG_GLOBAL=/dev/null",
                         "GIT_ATTR_NOSYSTEM=1",
                         "GIT_NO_LAZY_FETCH=1",
                         "GIT_OPTIONAL_LOCKS=0",
                         "GIT_TERMINAL_PROMPT=0",
                         "GIT_LITERAL_PATHSPECS=1",
                         "LC_ALL=C"};
  command.directory = folder_.path();
  try {
    auto outcome = run(command, stop_);
    if (outcome.succeeded()) return std::move(outcome.output);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
  }
  return std::nullopt;
}

std::optional<std::vector<std::string>> GitQuery::peeled(const std::vector<std::string>& ids) const {
  // Each id gets a reference, since git follows tags from those in one go.
  std::string references;
  for (std::size_t i = 0; i < ids.size(); ++i) references += fmt::format("{} refs/tags/{}\n", ids[i], i);
  write_file(folder_.path() / "packed-refs", references, AtomicFile::Durability::content);
  const auto answer = ask({"show-ref", "--dereference"});
  if (!answer) return std::nullopt;
  static constexpr std::string_view prefix = "refs/tags/";
  static constexpr std::string_view suffix = "^{}";
  std::map<std::string, std::string, std::less<>> found;
  for (const auto line : split(*answer, '\n')) {
    const auto space = line.find(' ');
    if (space == std::string_view::npos || !line.ends_with(suffix)) continue;
    auto name = line.substr(space + 1);
    name.remove_suffix(suffix.size());
    if (name.starts_with(prefix)) found.emplace(name.substr(prefix.size()), line.substr(0, space));
  }
  std::vector<std::string> result;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto entry = found.find(std::to_string(i));
    result.push_back(entry == found.end() ? ids[i] : entry->second);
  }
  return result;
}

std::optional<std::string> GitQuery::commit_of(const std::string& expression) const {
  auto answer = ask({"rev-parse", "--verify", "--quiet", "--end-of-options", expression + "^{commit}"});
  while (answer && answer->ends_with('\n')) answer->pop_back();
  return answer;
}

std::optional<std::map<std::string, GitFile>> GitQuery::files(const std::string& commit,
                                                              const std::string& below) const {
  std::vector<std::string> arguments = {"ls-tree", "-r", "-z", "--full-tree", commit};
  if (!below.empty()) arguments.insert(arguments.end(), {"--", below});
  const auto answer = ask(std::move(arguments));
  if (!answer) return std::nullopt;
  std::map<std::string, GitFile> result;
  for (const auto entry : split(*answer, '\0')) {
    // MODE TYPE ID<tab>PATH
    const auto tab = entry.find('\t');
    if (tab == std::string_view::npos) return std::nullopt;
    const auto fields = split(entry.substr(0, tab), ' ');
    if (fields.size() != 3) return std::nullopt;
    if (fields[1] != "blob") continue;  // a submodule
    result.emplace(entry.substr(tab + 1), GitFile{std::string(fields[0]), std::string(fields[2])});
  }
  return result;
}

std::optional<std::vector<std::string>> GitQuery::blob_ids(
    const std::vector<std::filesystem::path>& paths) const {
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < paths.size();) {
    std::vector<std::string> arguments = {"hash-object", "--no-filters", "-t", "blob", "--"};
    for (std::size_t bytes = 0; i < paths.size() && bytes < most_argument_bytes; ++i) {
      bytes += paths[i].native().size() + 1;
      arguments.push_back(paths[i].native());
    }
    const auto answer = ask(std::move(arguments));
    if (!answer) return std::nullopt;
    for (const auto line : split(*answer, '\n')) ids.emplace_back(line);
    if (ids.size() != i) return std::nullopt;
  }
  return ids;
}

bool GitQuery::check_out(const std::string& commit, const std::string& below,
                         const std::filesystem::path& into) const {
  // The attributes here come before those that the tree brings (gitattributes(5)).
  make_directories(folder_.path() / "info");
  write_file(folder_.path() / "info" / "attributes", "* -text -eol -ident -filter -working-tree-encoding\n",
             AtomicFile::Durability::content);
  const std::vector<std::string> in_tree = {"-c", "core.bare=false",
                                            fmt::format("--work-tree={}", into.native())};
  auto read = in_tree;
  read.emplace_back("read-tree");
  if (below.empty())
    read.push_back(commit);
  else
    read.insert(read.end(), {fmt::format("--prefix={}/", below), fmt::format("{}:{}", commit, below)});
  if (!ask(std::move(read))) return false;
  auto write = in_tree;
  write.insert(write.end(),
               {"checkout-index", "--all", "--force", fmt::format("--prefix={}/", into.native())});
  return ask(std::move(write)).has_value();
}

std::filesystem::path GitQuery::store(const std::string& content, std::size_t number) const {
  auto path = folder_.path() / fmt::format("content-{}", number);
  write_file(path, content, AtomicFile::Durability::content);
  return path;
}

}  // namespace whittle::builder
