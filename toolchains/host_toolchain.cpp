#include "toolchains/host_toolchain.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "common/contained_folder.hpp"
#include "common/digest.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/parallel.hpp"
#include "toolchains/module_hash.hpp"

namespace whittle::toolchains {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t most_files = 100'000;
constexpr std::size_t largest_small_file = 64U << 10U;

// The names of the files that count, relative; nothing when something else than files and folders is among
// them.
std::optional<std::vector<std::string>> files_of(const fs::path& goroot) {
  std::vector<std::string> names;
  std::error_code error;
  const auto start = goroot.native().size() + 1;  // canonical: there is no slash at its end
  for (auto item = fs::recursive_directory_iterator(goroot, error); !error && item != fs::end(item);
       item.increment(error)) {
    auto name = item->path().native().substr(start);
    if (item->is_symlink()) return std::nullopt;
    if (item->is_directory()) {
      if (name == "api" || name == "doc" || name == "misc" || name == "test")
        item.disable_recursion_pending();
    } else if (item->is_regular_file()) {
      names.push_back(std::move(name));
    } else {
      return std::nullopt;
    }
    if (names.size() > most_files) return std::nullopt;
  }
  if (error) return std::nullopt;
  return names;
}

// As the file has it in the module.
std::string module_name(const std::string& name) {
  const auto slash = name.rfind('/');
  const auto base = slash == std::string::npos ? 0 : slash + 1;
  return name.substr(base) == "go.mod" ? name.substr(0, base) + "_go.mod" : name;
}

// go.env, as it is where nobody changed which toolchain go chooses.
std::string with_default_choice(std::string text) {
  constexpr std::string_view local = "\nGOTOOLCHAIN=local\n";
  const auto found = text.find(local);
  if (found != std::string::npos) text.replace(found, local.size(), "\nGOTOOLCHAIN=auto\n");
  return text;
}

Digest digest_of(const ContainedFolder& root, const std::string& name) {
  auto opened = root.open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, ContainedFolder::Links::refused);
  if (!opened.fd) throw_errno(opened.error_number, "opening a file of a toolchain");
  FileSource source(std::make_shared<const Fd>(std::move(opened.fd)), root.path_of(name));
  if (name == "go.env") return Digest::of(with_default_choice(read_all(source, largest_small_file, name)));
  Hasher hasher;
  pump(source, hasher);
  return hasher.finish();
}

// VERSION's first line: what a Go of another version is dismissed by, without reading the rest.
bool has_version(const fs::path& goroot, const GoVersion& version) {
  const auto text = read_file_if_present(goroot / "VERSION", largest_small_file);
  return text && text->substr(0, text->find('\n')) == "go" + version.text();
}

bool matches(const fs::path& goroot, const ToolchainId& id, const std::string& hash, unsigned threads,
             const std::stop_token& stop) {
  if (!has_version(goroot, id.version)) return false;
  const auto names = files_of(goroot);
  if (!names) return false;
  const ContainedFolder root(goroot);
  std::vector<std::optional<Digest>> digests(names->size());
  parallel_for(names->size(), threads, stop,
               [&](std::size_t i) { digests[i] = digest_of(root, (*names)[i]); });
  std::map<std::string, Digest> by_name;
  for (std::size_t i = 0; i < names->size(); ++i) {
    // A toolchain that go unpacked itself has both go.mod and _go.mod.
    const auto [there, is_new] = by_name.try_emplace(module_name((*names)[i]), digests[i].value());
    if (!is_new && there->second != *digests[i]) return false;
  }
  std::vector<HashedFile> files;
  for (const auto& [name, digest] : by_name)
    files.push_back({fmt::format("{}@{}/{}", toolchain_module, id.module_version(), name), digest});
  return module_hash(std::move(files)) == hash;
}

}  // namespace

bool host_toolchain_matches(const fs::path& goroot, const ToolchainId& id, const std::string& hash,
                            unsigned threads, const std::stop_token& stop) {
  try {
    std::error_code unresolved;
    const auto folder = fs::canonical(goroot, unresolved);
    return !unresolved && matches(folder, id, hash, threads, stop);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::interrupted) throw;
    return false;
  }
}

}  // namespace whittle::toolchains
