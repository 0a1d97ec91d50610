#include "builder/go_file_name.hpp"

#include <algorithm>
#include <array>

#include "builder/holds.hpp"

namespace whittle::builder {
namespace {

// GOROOT/src/internal/syslist, of Go 1.21 and later. Go never takes a name away ("it is used for filename
// matching"); one it adds is only watched for nothing.
constexpr std::array<std::string_view, 18> go_systems = {
    "aix",   "android", "darwin", "dragonfly", "freebsd", "hurd",    "illumos", "ios",     "js",
    "linux", "nacl",    "netbsd", "openbsd",   "plan9",   "solaris", "wasip1",  "windows", "zos"};
constexpr std::array<std::string_view, 24> go_architectures = {
    "386",     "amd64",  "amd64p32", "arm",      "armbe",     "arm64",       "arm64be", "loong64",
    "mips",    "mipsle", "mips64",   "mips64le", "mips64p32", "mips64p32le", "ppc",     "ppc64",
    "ppc64le", "riscv",  "riscv64",  "s390",     "s390x",     "sparc",       "sparc64", "wasm"};

// The last element of a name's stem, taken from it: "_linux_arm64" → "arm64". Empty when there is none.
std::string_view take_last(std::string_view& stem) {
  const auto start = stem.rfind('_');
  if (start == std::string_view::npos) return {};
  const auto last = stem.substr(start + 1);
  stem.remove_suffix(last.size() + 1);
  return last;
}

}  // namespace

// go/build, goodOSArchFile: name_GOOS, name_GOARCH and name_GOOS_GOARCH, with _test after it or not.
bool is_for_another_system(std::string_view name, const layers::Platform& platform,
                           const std::vector<std::string>& tags) {
  const auto matches = [&](std::string_view element) {
    return element == platform.os || element == platform.architecture ||
           std::find(tags.begin(), tags.end(), element) != tags.end();
  };
  auto stem = name.substr(0, name.find('.'));
  auto last = take_last(stem);
  if (last == "test") last = take_last(stem);
  const bool architecture = holds(go_architectures, last);
  if (!architecture && !holds(go_systems, last)) return false;
  if (!matches(last)) return true;
  const auto before = architecture ? take_last(stem) : std::string_view();
  return holds(go_systems, before) && !matches(before);
}

}  // namespace whittle::builder
