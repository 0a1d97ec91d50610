#include "builder/git.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "builder/git_query.hpp"
#include "builder/git_references.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace {

namespace fs = std::filesystem;

// A path that a file of git's holds, after `prefix`; relative ones are relative to the file's folder.
std::optional<fs::path> read_path(const fs::path& file, std::string_view prefix) {
  std::optional<std::string> text;
  try {
    text = read_file_if_present(file, 8192);
  } catch (const Error&) {
    return std::nullopt;
  }
  if (!text || !text->starts_with(prefix)) return std::nullopt;
  auto path = text->substr(prefix.size());
  while (path.ends_with('\n') || path.ends_with('\r')) path.pop_back();
  if (path.empty() || path.find('\0') != std::string::npos) return std::nullopt;
  return (file.parent_path() / path).lexically_normal();
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

// The folder that has what `root`'s `.git` is or points to, when it looks like one of git's.
std::optional<fs::path> git_folder_of(const fs::path& root) {
  const auto dot_git = root / ".git";
  const auto folder = is_folder(dot_git) ? std::optional<fs::path>(dot_git) : read_path(dot_git, "gitdir: ");
  std::error_code ignored;
  if (!folder || !fs::exists(fs::symlink_status(*folder / "HEAD", ignored))) return std::nullopt;
  return folder;
}

// The longest folder that all paths are in; they are relative and sorted.
std::string common_folder(const std::vector<std::string>& paths) {
  const auto& first = paths.front();
  const auto& last = paths.back();
  const auto differs = static_cast<std::size_t>(
      std::mismatch(first.begin(), first.end(), last.begin(), last.end()).first - first.begin());
  const auto slash = first.substr(0, differs).rfind('/');
  return slash == std::string::npos ? std::string() : first.substr(0, slash + 1);
}

// What of the candidates is on disk as git has it in mode and type; the content remains to be compared.
class Comparison {
 public:
  explicit Comparison(const GitQuery& query) : query_(query) {}

  // False when the file differs already.
  bool add(const fs::path& path, const GitFile& file) {
    struct stat status {};
    if (::lstat(path.c_str(), &status) != 0) return false;
    auto content = path;
    if (file.mode == "120000") {
      std::error_code error;
      const auto target = fs::read_symlink(path, error);
      if (!S_ISLNK(status.st_mode) || error) return false;
      content = query_.store(target.native(), contents_.size());
    } else {
      const bool executable = (status.st_mode & 0100U) != 0;
      if (!S_ISREG(status.st_mode) || executable != (file.mode == "100755")) return false;
    }
    paths_.push_back(path);
    contents_.push_back(content);
    ids_.push_back(file.id);
    return true;
  }

  // Adds the paths whose content differs; false when git cannot tell.
  bool finish(std::vector<fs::path>& differing) const {
    const auto ids = query_.blob_ids(contents_);
    if (!ids) return false;
    for (std::size_t i = 0; i < paths_.size(); ++i)
      if (ids->at(i) != ids_[i]) differing.push_back(paths_[i]);
    return true;
  }

 private:
  const GitQuery& query_;
  std::vector<fs::path> paths_;
  std::vector<fs::path> contents_;  // the file to hash, which for a link is a copy of its target
  std::vector<std::string> ids_;
};

// Null when there is no git, or no room for its stand-in: what git would have said is then left out.
std::unique_ptr<GitQuery> open_query(const fs::path& objects, const std::string& id, const fs::path& program,
                                     const fs::path& scratch, const std::stop_token& stop) {
  if (program.empty()) return nullptr;
  try {
    return std::make_unique<GitQuery>(objects, id, program, scratch, stop);
  } catch (const Error&) {
    return nullptr;
  }
}

}  // namespace

std::optional<GitCheckout> GitCheckout::find(const fs::path& folder) {
  std::error_code error;
  auto root = fs::absolute(folder, error).lexically_normal();
  if (error) return std::nullopt;
  if (!root.has_filename()) root = root.parent_path();  // a trailing slash
  for (;; root = root.parent_path()) {
    if (const auto git_folder = git_folder_of(root)) {
      GitCheckout checkout;
      checkout.root_ = root;
      checkout.git_folder_ = *git_folder;
      checkout.common_ = read_path(*git_folder / "commondir", "").value_or(*git_folder);
      return checkout;
    }
    if (root == root.parent_path()) return std::nullopt;
  }
}

std::optional<std::string> GitCheckout::head() const {
  return read_head(git_folder_, common_);
}

std::optional<std::string> GitCheckout::commit_of(const std::string& revision, const fs::path& git_program,
                                                  const std::stop_token& stop,
                                                  const fs::path& scratch) const {
  const auto end = std::min(revision.find_first_of("~^"), revision.size());
  const auto name = revision.substr(0, end);
  const auto steps = revision.substr(end);
  if (steps.find_first_not_of("~^0123456789") != std::string::npos) return std::nullopt;
  auto id = name == "HEAD" ? head() : std::nullopt;
  for (const auto* folder : {"refs/", "refs/tags/", "refs/heads/", "refs/remotes/"})  // gitrevisions(7)
    if (!id && is_reference_name(folder + name)) id = read_reference(folder + name, git_folder_, common_);
  if (!id && name.size() >= 4 && name.find_first_not_of("0123456789abcdef") == std::string::npos) id = name;
  if (!id) return std::nullopt;
  const auto query = open_query(common_ / "objects", head().value_or(*id), git_program, scratch, stop);
  return query ? query->commit_of(*id + steps) : std::nullopt;
}

std::vector<std::string> GitCheckout::tags_at_head(const fs::path& git_program, const std::stop_token& stop,
                                                   const fs::path& scratch) const {
  const auto commit = head();
  if (!commit) return {};
  std::vector<std::string> result;
  std::vector<std::string> open_names;
  std::vector<std::string> open_ids;
  for (const auto& item : read_tags(common_)) {
    const auto& tag = item.second;
    if (tag.id == *commit || tag.commit == *commit) {
      result.push_back(item.first);
    } else if (!tag.settled) {
      open_names.push_back(item.first);
      open_ids.push_back(tag.id);
    }
  }
  if (!open_ids.empty()) {
    const auto query = open_query(common_ / "objects", *commit, git_program, scratch, stop);
    const auto peeled = query ? query->peeled(open_ids) : std::nullopt;
    for (std::size_t i = 0; peeled && i < open_names.size(); ++i)
      if (peeled->at(i) == *commit) result.push_back(open_names[i]);
  }
  std::sort(result.begin(), result.end());
  return result;
}

std::optional<std::vector<fs::path>> GitCheckout::modified(const std::vector<fs::path>& paths,
                                                           const fs::path& git_program,
                                                           const std::stop_token& stop,
                                                           const fs::path& scratch) const {
  const auto commit = head();
  if (!commit) return std::nullopt;
  const auto query = open_query(common_ / "objects", *commit, git_program, scratch, stop);
  if (!query) return std::nullopt;
  std::vector<fs::path> result;
  std::vector<std::string> names;
  for (const auto& path : paths) {
    const auto name = path.lexically_normal().lexically_relative(root_).native();
    if (name.empty() || name == "." || name == ".." || name.starts_with("../"))
      result.push_back(path);
    else
      names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  if (!names.empty()) {
    const auto committed = query->files(*commit, common_folder(names));
    if (!committed) return std::nullopt;
    Comparison comparison(*query);
    for (const auto& name : names) {
      const auto file = committed->find(name);
      if (file == committed->end() || !comparison.add(root_ / name, file->second))
        result.push_back(root_ / name);
    }
    if (!comparison.finish(result)) return std::nullopt;
  }
  std::sort(result.begin(), result.end());
  return result;
}

void GitCheckout::check_out(const std::string& commit, const std::string& below, const fs::path& into,
                            const fs::path& git_program, const std::stop_token& stop,
                            const fs::path& scratch) const {
  if (!is_object_id(commit)) throw Error(ErrorKind::not_found, fmt::format("{} is no commit", shown(commit)));
  if (git_program.empty())
    throw Error(ErrorKind::unsupported, "there is no git to check a commit out with")
        .hint("install git, or check it out yourself");
  const GitQuery query(fs::absolute(common_ / "objects"), commit, git_program, scratch, stop);
  if (!query.check_out(commit, below, into))
    throw Error(ErrorKind::not_found,
                fmt::format("the repository of {} does not have the commit {}{}", shown(root_.native()),
                            commit, below.empty() ? "" : fmt::format(", or not its folder {}", shown(below))))
        .hint("fetch it: `git fetch --all`, or `git fetch --unshallow` in a shallow clone");
  link_from(into, commit);
}

void GitCheckout::link_from(const fs::path& folder, const std::string& commit) const {
  make_directories(folder / ".git");
  write_file(folder / ".git" / "HEAD", commit + "\n", AtomicFile::Durability::content);
  write_file(folder / ".git" / "commondir", fs::absolute(common_).lexically_normal().native() + "\n",
             AtomicFile::Durability::content);
}

}  // namespace whittle::builder
