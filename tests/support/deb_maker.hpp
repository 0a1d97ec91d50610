// Debian packages made by hand (deb(5)), lies included. Shares no code with what reads them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "packages/pinned_package.hpp"
#include "tests/support/hostile_tar.hpp"

namespace whittle::test {

struct ArEntry {
  std::string name;
  std::string content;
  std::optional<std::string> stated_size = {};  // whatever the content
};
std::string ar_archive(const std::vector<ArEntry>& entries);

// Compressed as a member of that name says: "", ".gz", ".xz", ".zst".
std::string compressed_as(std::string_view suffix, const std::string& bytes);

class DebMaker {
 public:
  explicit DebMaker(std::string package, std::string version = "1.0", std::string architecture = "all");

  DebMaker& field(const std::string& name, const std::string& value);           // of its control file
  DebMaker& control_file(const std::string& name, const std::string& content);  // beside that
  DebMaker& folder(const std::string& path, std::uint32_t mode = 0755);
  DebMaker& file(const std::string& path, const std::string& content, std::uint32_t mode = 0644);
  DebMaker& link(const std::string& path, const std::string& target);
  DebMaker& hard_link(const std::string& path, const std::string& target);
  DebMaker& add(const HostileTar::Entry& entry);  // as it is
  DebMaker& suffix(std::string compression);

  std::string control_tar() const;
  std::string data_tar() const { return data_.text(); }
  // The three members as they belong, to be spoilt.
  std::vector<ArEntry> members() const;
  std::string bytes() const { return ar_archive(members()); }
  packages::PinnedPackage pinned() const;

 private:
  std::string package_;
  std::string version_;
  std::string architecture_;
  std::string suffix_ = ".xz";
  std::string control_;
  std::map<std::string, std::string> control_files_;
  HostileTar data_;
};

}  // namespace whittle::test
