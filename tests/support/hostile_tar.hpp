// A tar made by hand whose every header a test decides, lies included. Shares no code with what writes ours.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace whittle::test {

class HostileTar {
 public:
  struct Entry {
    std::string path;
    std::string content = {};
    char type = '0';
    std::string target = {};
    std::optional<std::uint64_t> stated_size = {};  // whatever the content
    std::uint32_t mode = 0644;
    std::uint32_t owner = 0;  // user and group
  };
  HostileTar& add(const Entry& entry);
  HostileTar& file(std::string path, std::string content) {
    return add({std::move(path), std::move(content)});
  }
  HostileTar& link(std::string path, std::string target, char type = '2') {
    return add({std::move(path), {}, type, std::move(target)});
  }
  // With the two zero blocks at the end.
  std::string text() const { return blocks_ + std::string(1024, '\0'); }
  // Without them.
  const std::string& blocks() const { return blocks_; }

 private:
  std::string blocks_;
};

}  // namespace whittle::test
