#include "builder/remote_inputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "builder/remote_job.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/text.hpp"

namespace whittle::builder {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t largest_sum_file = 64U << 20U;  // bytes

// "example.com/a@v1.2.3" of "C/example.com/a@v1.2.3/x/y.go"; empty when it is none.
std::string module_of(std::string_view portable) {
  const auto at = portable.find('@');
  if (!portable.starts_with("C/") || at == std::string_view::npos) return {};
  const auto end = std::min(portable.find('/', at), portable.size());
  return std::string(portable.substr(2, end - 2));
}

// Module paths and versions as the cache spells them: capitals are "!" and a small letter
// (golang.org/ref/mod, "Module proxies").
std::string in_cache(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z')
      (result += '!') += static_cast<char>(c - 'A' + 'a');
    else
      result += c;
  }
  return result;
}

fs::path common_top(const fs::path& a, const fs::path& b) {
  fs::path top;
  for (auto x = a.begin(), y = b.begin(); x != a.end() && y != b.end() && *x == *y; ++x, ++y) top /= *x;
  return top;
}

}  // namespace

void RemoteInputs::add_known(const std::string& path, const fs::path& file, const Sha256& content,
                             bool executable) {
  std::error_code failed;
  const auto size = fs::file_size(file, failed);
  if (failed)
    throw Error(ErrorKind::conflict,
                fmt::format("{} went away while the image was built", shown(file.native())))
        .hint("nothing was stored or pushed; run the command again");
  const remote::BlobId blob{to_hex(content), size};
  tree_.add(path, {blob, executable});
  blobs_.add(blob, [name = file.native()] { return std::make_unique<FileSource>(name); });
}

void RemoteInputs::add_file(const std::string& path, const fs::path& file, bool executable) {
  const auto digest = states_.file(file.native());
  if (!digest) throw Error(ErrorKind::not_found, fmt::format("there is no file {}", shown(file.native())));
  add_known(path, file, to_sha256(*digest), executable);
}

void RemoteInputs::add_if_there(const std::string& path, const fs::path& file, bool executable) {
  if (states_.file(file.native())) add_file(path, file, executable);
}

void RemoteInputs::add_sources(const std::map<std::string, Sha256>& files) {
  top_ = roots_.project;
  for (const auto& [portable, content] : files)
    if (portable.starts_with("P/")) top_ = common_top(top_, fs::path(roots_.local(portable)).parent_path());
  for (const auto& [portable, content] : files) {
    const fs::path file = roots_.local(portable);
    if (portable.starts_with("P/")) {
      add_known(in_tree(file).native(), file, content, false);
      continue;
    }
    const auto folder = portable.starts_with("R/") ? job_paths::go : job_paths::modules;
    add_known(fmt::format("{}/{}", folder, portable.substr(2)), file, content, false);
    if (auto module = module_of(portable); !module.empty()) modules_.insert(std::move(module));
  }
}

fs::path RemoteInputs::in_tree(const fs::path& path) const {
  const auto below = path.lexically_relative(top_);
  return below == "." ? fs::path(job_paths::sources) : job_paths::sources / below;
}

void RemoteInputs::add_toolchain(const GoToolchain& go) {
  const std::string root(job_paths::go);
  add_file(root + "/bin/go", go.program, true);
  for (const auto* name : {"VERSION", "go.env", "src/go.mod", "src/vendor/modules.txt"})
    add_if_there(fmt::format("{}/{}", root, name), go.root / name);
  std::error_code ignored;
  // Headers that package runtime includes from a folder which is no dependency of it without cgo.
  for (const auto& header : fs::directory_iterator(go.root / "src" / "runtime" / "cgo", ignored))
    if (header.path().extension() == ".h")
      add_if_there(fmt::format("{}/src/runtime/cgo/{}", root, header.path().filename().native()),
                   header.path());
  for (const auto& platform : fs::directory_iterator(go.root / "pkg" / "tool", ignored))
    for (const auto* name : {"compile", "link", "asm", "preprofile"})
      add_if_there(fmt::format("{}/pkg/tool/{}/{}", root, platform.path().filename().native(), name),
                   platform.path() / name, true);
}

// go takes a module's folder for complete when its .ziphash is there (cmd/go/internal/modfetch, DownloadDir).
void RemoteInputs::add_module_records(const std::vector<fs::path>& sums) {
  const auto add = [&](const std::string& module, std::string_view ending) {
    const auto at = module.rfind('@');
    const auto name =
        fmt::format("cache/download/{}/@v/{}.{}", module.substr(0, at), module.substr(at + 1), ending);
    add_if_there(fmt::format("{}/{}", job_paths::modules, name), roots_.module_cache / name);
  };
  auto listed = modules_;
  for (const auto& module : modules_) add(module, "ziphash");
  for (const auto& file : sums) {
    const auto text = read_file_if_present(file, largest_sum_file);
    if (!text) continue;
    std::istringstream lines(*text);
    std::string path;
    std::string version;
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      if (!(words >> path >> version)) continue;
      if (version.ends_with("/go.mod")) version.resize(version.size() - std::string_view("/go.mod").size());
      listed.insert(fmt::format("{}@{}", in_cache(path), in_cache(version)));
    }
  }
  for (const auto& module : listed) add(module, "mod");
}

void RemoteInputs::add_program(const OwnProgramFiles& program) {
  for (const auto& file : program.files) add_file(file.path, file.file, true);
}

void RemoteInputs::add_text(std::string_view path, std::string text) {
  tree_.add(path, {blobs_.add(std::move(text)), false});
}

remote::BlobId RemoteInputs::finish(remote::BlobSet& blobs) const {
  for (const auto& [id, open] : blobs_.blobs()) blobs.add(id, open);
  return tree_.finish(blobs);
}

}  // namespace whittle::builder
