#include "builder/cgo.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "builder/link_report.hpp"

namespace whittle::builder {
namespace fs = std::filesystem;
namespace {

// The C++ compiler that goes with a C compiler. It need not be there; then go says that it is missing, where
// otherwise it would take the host's, with another library's headers.
std::string sibling_for_cxx(const fs::path& driver) {
  auto name = driver.filename().native();
  if (name.ends_with("gcc")) name.replace(name.size() - 3, 3, "g++");
  return (driver.parent_path() / name).native();
}

std::string joined(const std::vector<std::string>& flags) {
  return fmt::format("{}", fmt::join(flags, " "));
}

}  // namespace

// -flto=1: as many parts and threads on every machine. -fno-ident: the compiler's version is in the lock, and
// takes room here.
std::vector<std::string> c_flags(Profile profile) {
  if (profile == Profile::debug) return {"-Og", "-g", "-fno-ident"};
  return {"-Os", "-g0", "-ffunction-sections", "-fdata-sections", "-flto=1", "-fno-ident"};
}

// One partition: all of the C is seen at once, and nothing depends on where it would be cut.
std::vector<std::string> c_linker_flags(Profile profile) {
  if (profile == Profile::debug) return {"-static", "-Wl,--build-id=none"};
  return {"-static", "-Os", "-flto=1", "-flto-partition=one", "-Wl,--gc-sections", "-Wl,--build-id=none",
          "-s"};
}

std::vector<std::string> cgo_linker_flags(Profile profile) {
  return {"-linkmode=external",
          fmt::format("-extldflags={} {}", joined(c_linker_flags(profile)), joined(link_report_flags()))};
}

std::vector<std::string> cgo_tags(std::vector<std::string> tags) {
  tags.insert(tags.end(), {"netgo", "osusergo"});
  std::sort(tags.begin(), tags.end());
  tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
  return tags;
}

// Go keeps what it compiled by the flags and by what the compiler says of its version, and does not see that
// a library's headers are others: the seed, which go replaces by one of its own, makes each compiler's
// objects different to it. An empty CGO_LDFLAGS would stand for go's own "-O2 -g". __DATE__ and __TIME__ are
// 1970 in every image. pkg-config knows libraries of this machine, which no lock names.
CgoSettings cgo_settings(const CCompiler& compiler, Profile profile) {
  const auto& driver = compiler.driver;
  const auto seed = compiler.identity.digest.hex().substr(0, 16);
  const auto flags = fmt::format("{} -frandom-seed={}", joined(c_flags(profile)), seed);
  return {driver,
          {"CC=" + driver.native(), "CXX=" + sibling_for_cxx(driver), "CGO_CFLAGS=" + flags,
           "CGO_CXXFLAGS=" + flags, "CGO_ENABLED=1",
           profile == Profile::debug ? "CGO_LDFLAGS=-g" : "CGO_LDFLAGS=-Os", "PKG_CONFIG=/nowhere/pkg-config",
           "SOURCE_DATE_EPOCH=0"}};
}

}  // namespace whittle::builder
