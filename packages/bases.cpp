#include "packages/bases.hpp"

#include <algorithm>
#include <array>

namespace whittle::packages {
namespace {

struct Architecture {
  std::string_view go;
  std::string_view variant;
  std::string_view debian;
};
// Those of bookworm, and riscv64 of trixie. amd64 and arm64 run on every variant of theirs.
constexpr std::array<Architecture, 9> architectures = {{{"386", "", "i386"},
                                                        {"amd64", "", "amd64"},
                                                        {"arm", "v5", "armel"},
                                                        {"arm", "v6", "armel"},
                                                        {"arm", "v7", "armhf"},
                                                        {"arm64", "", "arm64"},
                                                        {"ppc64le", "", "ppc64el"},
                                                        {"riscv64", "", "riscv64"},
                                                        {"s390x", "", "s390x"}}};

const std::array<Base, 3>& all_bases() {
  static const std::vector<std::string> common = {"base-files", "ca-certificates", "media-types", "netbase",
                                                  "tzdata"};
  static const auto with_shell = [] {
    auto packages = common;
    packages.insert(packages.begin() + 1, "busybox-static");
    return packages;
  }();
  static const std::array<Base, 3> bases = {
      Base{"static", "for static programs", common, {}, {"accounts", "hosts"}, {}},
      Base{"base", "for programs that use cgo", common, {"libc6"}, {"accounts", "hosts"}, {}},
      Base{"debug",
           "for looking into a container",
           with_shell,
           {},
           {"accounts", "hosts", "shell"},
           {"/busybox"}}};
  return bases;
}

}  // namespace

std::span<const Base> bases() {
  return all_bases();
}

const Base* find_base(std::string_view name) {
  const auto found = std::find_if(all_bases().begin(), all_bases().end(),
                                  [&](const Base& base) { return base.name == name; });
  return found == all_bases().end() ? nullptr : &*found;
}

std::optional<std::string> debian_architecture(const layers::Platform& platform) {
  if (platform.os != "linux") return std::nullopt;
  const bool arm = platform.architecture == "arm";
  const auto variant =
      arm && platform.variant.empty() ? std::string_view("v7") : std::string_view(platform.variant);
  for (const auto& one : architectures)
    if (one.go == platform.architecture && (!arm || one.variant == variant)) return std::string(one.debian);
  return std::nullopt;
}

}  // namespace whittle::packages
