#include "toolchains/module_zip.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <unordered_map>

#include "common/ascii.hpp"
#include "common/error.hpp"
#include "common/parallel.hpp"
#include "common/text.hpp"
#include "registry/url.hpp"
#include "toolchains/module_hash.hpp"

namespace whittle::toolchains {
namespace {

constexpr std::size_t longest_component = 255;

bool is_component(std::string_view component) {
  const auto fine = [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '\x7f' && c != '\\'; };
  return !component.empty() && component.size() <= longest_component && component != "." &&
         component != ".." && std::all_of(component.begin(), component.end(), fine);
}

}  // namespace

ModuleZip::ModuleZip(Fd file, std::string_view module, std::string_view version, const ZipLimits& limits)
    : archive_(std::move(file), limits), prefix_(module_prefix(module, version)) {
  for (const auto& entry : archive_.entries())
    files_.push_back({std::string(path_in_module(entry.name, prefix_)), entry.size, entry.crc});
  check_collisions();
}

std::string module_prefix(std::string_view module, std::string_view version) {
  return fmt::format("{}@{}/", module, version);
}

std::string_view path_in_module(const std::string& name, std::string_view prefix) {
  if (!name.starts_with(prefix)) refuse_entry(name, fmt::format("is not below {}", prefix));
  if (!is_utf8(name)) refuse_entry(name, "has a name that is not UTF-8");
  const auto path = std::string_view(name).substr(prefix.size());
  std::string_view component;
  for (std::string_view rest = path;;) {
    const auto end = std::min(rest.find('/'), rest.size());
    component = rest.substr(0, end);
    if (!is_component(component)) refuse_entry(name, "has a name that no file of a module has");
    if (end == rest.size()) break;
    rest.remove_prefix(end + 1);
  }
  // go.dev/ref/mod: a go.mod in another folder would make that another module.
  if (lower_case(component) == "go.mod" && path != "go.mod")
    refuse_entry(name, "has a name that only the module's root has");
  return path;
}

// Doubles, files that are folders as well, and names that are one on a file system without case. Letters
// beyond ASCII count as they are.
void ModuleZip::check_collisions() const {
  struct Seen {
    std::string_view path;
    bool is_file;
  };
  std::unordered_map<std::string, Seen> seen;
  seen.reserve(2 * files_.size());
  for (const auto& file : files_) {
    std::string_view path = file.name;
    for (bool is_file = true;; is_file = false) {
      const auto [there, is_new] = seen.try_emplace(lower_case(path), Seen{path, is_file});
      if (!is_new && (is_file || there->second.is_file || there->second.path != path))
        refuse_entry(prefix_ + file.name, fmt::format("collides with {}", shown(there->second.path)));
      const auto slash = path.rfind('/');
      if (!is_new || slash == std::string_view::npos) break;
      path = path.substr(0, slash);
    }
  }
}

std::string hash_of(const ModuleZip& zip, unsigned threads, const std::stop_token& stop) {
  const auto& files = zip.files();
  std::vector<std::optional<Digest>> digests(files.size());
  std::atomic<std::size_t> next = 0;
  parallel_for(std::max(threads, 1U), threads, stop, [&](std::size_t) {
    ZipReader reader;
    for (auto i = next++; i < files.size(); i = next++) {
      throw_if_stopped(stop);
      digests[i] = Digest::of(zip.read(i, reader));
    }
  });
  std::vector<HashedFile> hashed;
  for (std::size_t i = 0; i < files.size(); ++i)
    hashed.push_back({zip.prefix() + files[i].name, digests[i].value()});
  return module_hash(std::move(hashed));
}

}  // namespace whittle::toolchains
