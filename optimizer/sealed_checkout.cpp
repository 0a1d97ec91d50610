#include "optimizer/sealed_checkout.hpp"

#include <fmt/format.h>

#include "common/error.hpp"
#include "common/file.hpp"
#include "common/subprocess.hpp"
#include "common/text.hpp"

namespace whittle::optimizer {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t largest_list = 64U << 20U;  // bytes of references

std::string line_of(const fs::path& file) {
  auto text = read_file(file, 1U << 16U);
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

void copy_if_present(const fs::path& from, const fs::path& to) {
  if (const auto text = read_file_if_present(from, largest_list))
    write_file(to, *text, AtomicFile::Durability::content);
}

// Tags that are files of their own.
void copy_tags(const fs::path& from, const fs::path& to) {
  std::error_code ignored;
  for (fs::recursive_directory_iterator at(from, ignored), end; at != end; at.increment(ignored)) {
    if (ignored || !at->is_regular_file(ignored) || at->is_symlink(ignored)) continue;
    const auto target = to / at->path().lexically_relative(from);
    make_directories(target.parent_path());
    copy_if_present(at->path(), target);
  }
}

void write_git_folder(const fs::path& common, const std::string& commit, const fs::path& folder) {
  const auto write = [&](const char* name, const std::string& text) {
    write_file(folder / name, text, AtomicFile::Durability::content);
  };
  make_directories(folder / "objects" / "info");
  make_directories(folder / "refs" / "tags");
  write("HEAD", commit + "\n");
  write("config", commit.size() == 64 ? "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tobjectformat = sha256\n"
                                      : "[core]\n\trepositoryformatversion = 0\n");
  write("objects/info/alternates", (common / "objects").native() + "\n");
  copy_if_present(common / "packed-refs", folder / "packed-refs");
  copy_if_present(common / "shallow", folder / "shallow");
  copy_tags(common / "refs" / "tags", folder / "refs" / "tags");
}

}  // namespace

void check_out_sealed(const builder::GitCheckout& from, const std::string& commit, const fs::path& into,
                      const fs::path& git, const std::stop_token& stop) {
  from.check_out(commit, "", into, git, stop, into.parent_path());
  const auto common = fs::path(line_of(into / ".git" / "commondir"));  // GitCheckout::link_from
  fs::remove_all(into / ".git");
  write_git_folder(common, commit, into / ".git");
  const auto ask = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), git.native());
    const Command command{arguments,
                          {"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_ATTR_NOSYSTEM=1",
                           "GIT_NO_LAZY_FETCH=1", "LC_ALL=C"},
                          into};
    const auto outcome = run(command, stop);
    if (!outcome.succeeded())
      throw Error(ErrorKind::io, fmt::format("checking out {}: git says {}", commit, shown(outcome.errors)));
  };
  ask({"read-tree", commit});
  ask({"update-index", "-q", "--refresh"});
}

}  // namespace whittle::optimizer
