// A signed archive of Debian packages in a folder, made by a test, with a key of its own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "packages/package_archive.hpp"
#include "packages/pinned_package.hpp"
#include "tests/support/signing_key.hpp"

namespace whittle::test {

struct TestPackage {
  std::string name;
  std::string version = "1.0";
  std::string architecture = "all";
  std::map<std::string, std::string> fields = {};               // more of them: Depends, Provides …
  std::vector<std::pair<std::string, std::string>> files = {};  // path ("usr/share/x") and content
  std::string component = "main";
  std::string deb = {};  // its bytes; empty: made of the above
};

struct TestArchiveOptions {
  std::string suite = "stable";
  std::string codename = "woody";
  std::vector<std::string> components = {"main"};
  std::vector<std::string> architectures = {"amd64", "arm64"};
  std::vector<std::string> forms = {"", ".gz", ".xz"};  // of the indexes; the plain one is always named
  bool by_hash = true;
  bool all_apart = false;  // packages of "all" in an index of their own
  std::uint32_t date = 1'750'000'000;
  std::optional<std::uint32_t> valid_until = {};
  std::vector<std::pair<std::string, std::string>> release_fields = {};  // more of them
};

// One thread per instance. The folder is written by publish() alone.
class TestPackageArchive {
 public:
  explicit TestPackageArchive(std::filesystem::path folder, TestArchiveOptions options = {});

  TestArchiveOptions& options() { return options_; }
  SigningKey& key() { return key_; }
  const std::filesystem::path& folder() const { return folder_; }
  // Returns the package as an index names it.
  packages::PinnedPackage add(TestPackage package);
  // Writes pool/ and dists/, what was there in dists/ is removed before.
  void publish();
  // The same archive for the code under test, its keys in the text.
  packages::PackageArchive archive(const std::string& uri) const;
  // A Release of these options for what is in the pool, unsigned.
  std::string release() const;
  // Signs a text in place of the release.
  void sign(const std::string& release, const SignOptions& options = {1'750'000'000, 0, "SHA256"});

 private:
  std::string packages_file(const std::string& component, const std::string& architecture) const;
  std::filesystem::path dist() const { return folder_ / "dists" / options_.suite; }
  std::map<std::string, std::string> indexes() const;  // by path below the suite

  std::filesystem::path folder_;
  TestArchiveOptions options_;
  SigningKey key_;
  std::vector<std::pair<TestPackage, packages::PinnedPackage>> packages_;
};

// The bytes as a file with that ending (".xz", ".gz", ".zst", or "" for themselves) has them.
std::string compressed(std::string_view bytes, std::string_view ending);
// An ordinary .deb: debian-binary, control.tar.gz, data.tar.xz.
std::string make_deb(const TestPackage& package);
// "Wed, 25 Nov 2026 22:33:12 UTC"
std::string release_date(std::uint32_t seconds);

}  // namespace whittle::test
