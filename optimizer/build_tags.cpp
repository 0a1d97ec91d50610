#include "optimizer/build_tags.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "builder/build_constraint.hpp"
#include "common/error.hpp"
#include "common/file.hpp"
#include "common/text.hpp"

namespace whittle::optimizer {
namespace {

constexpr std::size_t largest_tagged_source = 4U << 20U;  // bytes; a larger file is not read
constexpr std::size_t most_known_tags = 1'000;            // that are told apart
constexpr std::size_t shown_files = 3;

struct KnownTag {
  std::string_view name;
  std::string_view package;  // that it belongs to, with those below it
  std::string_view price;
};
constexpr std::array<KnownTag, 3> known_tags = {{
    {"grpcnotrace", "google.golang.org/grpc", "gRPC keeps no traces for /debug/requests and /debug/events"},
    {"nethttpomithttp2", "net/http", "net/http speaks no HTTP/2, neither as a server nor as a client"},
    {"nomsgpack", "github.com/gin-gonic/gin", "gin neither reads nor writes MessagePack"},
}};

const KnownTag* known(std::string_view tag, std::string_view package) {
  const auto found = std::find_if(known_tags.begin(), known_tags.end(), [&](const KnownTag& one) {
    return one.name == tag && package.starts_with(one.package);
  });
  return found == known_tags.end() ? nullptr : &*found;
}

// What they choose is where a program runs, how it was compiled, or assembly against Go: speed for size.
bool is_no_option(std::string_view tag) {
  static constexpr std::array<std::string_view, 54> names = {"386",     "aix",       "amd64",
                                                             "android", "appengine", "arm",
                                                             "arm64",   "asan",      "boringcrypto",
                                                             "bsd",     "cgo",       "cover",
                                                             "darwin",  "dragonfly", "faketime",
                                                             "freebsd", "gc",        "gccgo",
                                                             "gofuzz",  "gopherjs",  "ignore",
                                                             "illumos", "ios",       "js",
                                                             "linux",   "loong64",   "math_big_pure_go",
                                                             "mips",    "mips64",    "mips64le",
                                                             "mipsle",  "msan",      "netbsd",
                                                             "netgo",   "noasm",     "nounsafe",
                                                             "openbsd", "osusergo",  "plan9",
                                                             "ppc64",   "ppc64le",   "purego",
                                                             "race",    "riscv64",   "s390x",
                                                             "safe",    "solaris",   "sparc64",
                                                             "testing", "tinygo",    "unix",
                                                             "wasip1",  "wasm",      "windows"};
  return std::binary_search(names.begin(), names.end(), tag) || tag.starts_with("go1.") ||
         tag.starts_with("goexperiment.");
}

std::vector<std::string> tags_in(std::string_view expression) {
  std::vector<std::string> tags;
  builder::constraint_holds(expression, [&](std::string_view tag) {
    if (!is_no_option(tag)) tags.emplace_back(tag);
    return false;
  });
  return tags;
}

class Finder {
 public:
  explicit Finder(const std::vector<std::string>& used) : used_(used.begin(), used.end()) {}

  void read(const builder::ListedPackage& package) {
    for (const auto& file : package.compiled) {
      std::optional<std::string> text;
      try {
        text = read_file_if_present(package.folder / file, largest_tagged_source);
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::machine_limit) throw;
      }
      if (text) read(package, file, *text);
    }
  }

  std::vector<BuildTag> found(std::size_t most) {
    std::vector<BuildTag> tags;
    for (auto& [name, tag] : tags_) tags.push_back(std::move(tag));
    std::stable_sort(tags.begin(), tags.end(),
                     [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
    if (tags.size() > most) tags.resize(most);
    for (auto& tag : tags) settle(tag);
    return tags;
  }

 private:
  // Counts the file for each tag that would keep it out. One that is in for a reason which is not understood
  // here (another architecture) is passed over.
  void read(const builder::ListedPackage& package, const std::string& file, const std::string& text) {
    const auto expression = builder::build_constraint_of(text);
    if (!expression) return;
    for (const auto& tag : tags_in(*expression)) {
      if (used_.contains(tag) || tags_.size() >= most_known_tags) continue;
      if (package.standard && known(tag, package.import_path) == nullptr) continue;
      if (!lets_in(*expression, {}) || lets_in(*expression, tag)) continue;
      auto& entry = tags_[tag];
      entry.name = tag;
      if (const auto* price = known(tag, package.import_path)) entry.price = price->price;
      const auto name = fmt::format("{}/{}", package.import_path, file);
      if (std::find(entry.files.begin(), entry.files.end(), name) != entry.files.end()) continue;
      entry.files.push_back(name);
      entry.bytes += text.size();
    }
  }

  bool lets_in(std::string_view expression, std::string_view added) const {
    return builder::constraint_holds(expression, [&](std::string_view tag) {
      return tag == added || used_.contains(tag) || tag == "linux" || tag == "unix" || tag == "gc" ||
             tag.starts_with("go1.") || tag == "amd64" || tag == "arm64";
    });
  }

  static void settle(BuildTag& tag) {
    std::sort(tag.files.begin(), tag.files.end());
    if (!tag.price.empty()) return;
    const auto more = tag.files.size() > shown_files
                          ? fmt::format(" and {} more", tag.files.size() - shown_files)
                          : std::string();
    std::string names;
    for (std::size_t i = 0; i < std::min(shown_files, tag.files.size()); ++i)
      names += (i == 0 ? "" : ", ") + escaped(tag.files[i]);
    tag.price = fmt::format("what {}{} do; see there", names, more);
  }

  std::set<std::string, std::less<>> used_;
  std::map<std::string, BuildTag> tags_ = {};
};

}  // namespace

std::vector<BuildTag> find_build_tags(const std::vector<builder::ListedPackage>& packages,
                                      const std::vector<std::string>& used, std::size_t most) {
  Finder finder(used);
  for (const auto& package : packages)
    if (package.standard || !package.module_version.empty()) finder.read(package);
  return finder.found(most);
}

}  // namespace whittle::optimizer
